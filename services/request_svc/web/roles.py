"""Role pages: what a role may do (User Roles Matrix 3.0) and who approves it."""

from dataclasses import dataclass

from flask import Blueprint, abort, render_template

from shared.catalog import Catalog, Role, RoutingRule, by_section, the_catalog
from shared.web.access import public

pages = Blueprint("roles", __name__, url_prefix="/roles")

_WHOSE = {
    "state": "the state or territory that you choose",
    "contract-organization": "each contract organization that you choose",
    "mac": "the Medicare Administrative Contractor that you choose",
    "ado": "the ADO contractor that you choose",
    "provider": "the provider that you choose",
}
_SURVEYS = {"cms": "For CMS", "state": "For a State"}


@dataclass(frozen=True)
class Deciding:
    """Who decides: `case` tells rules of one role apart, `then` is asked where nobody can."""

    case: str | None
    who: str
    then: tuple[str, ...]


@pages.get("")
@public("the roles stand in published job aids; the page holds no personal data")
def all_roles() -> str:
    """Shows every role by category."""
    groups = [(category, the_catalog().roles_in(category.id)) for category in the_catalog().categories]
    return render_template("roles.html", groups=groups)


@pages.get("/<role_id>")
@public("the roles stand in published job aids; the page holds no personal data")
def one_role(role_id: str) -> str:
    """Shows one role."""
    role = next((role for role in the_catalog().roles if role.id == role_id), None)
    if role is None:
        abort(404)
    return render_template(
        "role.html",
        role=role,
        category=the_catalog().category(role.category),
        held=by_section(the_catalog().privileges_of(role)),
        grantable=by_section(the_catalog().grantable_of(role)),
        deciding=_deciding(the_catalog(), role),
        footnotes=_footnotes(the_catalog(), role),
        sources=[(the_catalog().document(source.document), source.place) for source in role.sources],
    )


def _deciding(catalog: Catalog, role: Role) -> list[Deciding]:
    return [_by_rule(catalog, rule) for rule in catalog.rules if rule.role == role.id]


def _by_rule(catalog: Catalog, rule: RoutingRule) -> Deciding:
    first, *rest = catalog.authority_chain(rule.decided_by)
    return Deciding(
        case=_SURVEYS[rule.survey_for] if rule.survey_for else None,
        who=first.name_for(_WHOSE.get(first.id, "")),
        then=tuple(authority.name_for() for authority in rest),
    )


def _footnotes(catalog: Catalog, role: Role) -> tuple[str, ...]:
    table = catalog.table_of(role)
    return table.footnotes if table else ()
