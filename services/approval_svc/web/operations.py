"""What operations look at: why a request is where it is, what nobody can decide, who the officials are."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from flask import Blueprint, abort, render_template

from approval_svc import queries, reference
from approval_svc.domain.routing import NATIONAL
from approval_svc.tables import OfficialRow
from approval_svc.use_cases.explain_request import explain_request
from approval_svc.web import presenting
from shared.catalog import the_catalog
from shared.clock import utc_now
from shared.web.access import operations
from shared.web.current import database

RECOMMENDED_OFFICIALS = 2
"""Two Security Officials for each state or provider are recommended (User Roles Matrix 3.0, section 2)."""
MOST_NAMES = 60
"""Organizations without officials that are named, for each kind; real provider lists have thousands."""


@dataclass(frozen=True)
class AuthorityGroup:
    """An authority with its officials; `is_short` when it has fewer than recommended who can be asked."""

    name: str
    officials: tuple[OfficialRow, ...]
    is_short: bool


pages = Blueprint("operations", __name__, url_prefix="/operations")


@pages.get("/requests/<uuid:request_id>/explain")
@operations
def explanation(request_id: UUID) -> str:
    """Shows who could decide a request and why, and what happened to it."""
    with database().reading() as session:
        found = explain_request(session, request_id)
        if found is None:
            abort(404)
        history = queries.history_of(session, request_id)
        return render_template("operations_explain.html", found=found, history=history)


@pages.get("/unroutable")
@operations
def unroutable() -> str:
    """Shows what nobody can decide now, and for how long."""
    now = utc_now()
    with database().reading() as session:
        waiting = queries.unroutable(session)
        ages = {approval.id: presenting.age(approval.state_since, now) for approval in waiting}
        return render_template("operations_unroutable.html", waiting=waiting, ages=ages)


@pages.get("/officials")
@operations
def officials() -> str:
    """Shows the directory by authority, and the organizations that have nobody in it."""
    with database().reading() as session:
        found = queries.all_officials(session)
    return render_template(
        "operations_officials.html",
        groups=_groups(found),
        without=_without(found),
        recommended=RECOMMENDED_OFFICIALS,
        most_names=MOST_NAMES,
    )


def _groups(officials: Sequence[OfficialRow]) -> list[AuthorityGroup]:
    by_authority = groupby(officials, key=lambda row: (row.authority_kind, row.authority_id))
    return [_group(*authority, tuple(rows)) for authority, rows in by_authority]


def _group(kind: str, id: str, rows: tuple[OfficialRow, ...]) -> AuthorityGroup:
    organization = None if kind in NATIONAL else reference.organization_name(kind, id)
    able = sum(row.active and row.reachable for row in rows)
    return AuthorityGroup(
        name=reference.authority_name(kind, organization), officials=rows, is_short=able < RECOMMENDED_OFFICIALS
    )


def _without(officials: Sequence[OfficialRow]) -> list[tuple[str, list[str]]]:
    """Returns, for each kind of organization, the names of those that no active official stands for."""
    served = {(row.authority_kind, row.authority_id) for row in officials if row.active}
    catalog = the_catalog()
    kinds: list[tuple[str, list[str]]] = []
    for kind in catalog.organization_kinds:
        everybody = catalog.organizations_of(kind.id)
        names = [each.name for each in everybody if (kind.id, each.id) not in served]
        kinds.append((kind.plural[0].upper() + kind.plural[1:], names))
    return [(label, names) for label, names in kinds if names]
