"""What the catalog says about a request: who decides it, what it adds, what may be given along with it."""

from collections.abc import Collection, Iterable

from approval_svc.domain import questions
from approval_svc.domain.choices import Offer
from approval_svc.domain.routing import OrganizationId
from shared.catalog import Discipline, Privilege, the_catalog
from shared.catalog import organizations as organization_files
from shared.catalog.deadlines import Policy


class UnknownRoleError(LookupError):
    """The catalog has no such role, or no rule that says who decides it."""


def chain_for(role_id: str, survey_for: str | None) -> tuple[str, ...]:
    """Returns the kinds of authority that are asked for this role, in turn. Raises UnknownRoleError."""
    rule = the_catalog().rule_for(role_id, survey_for)
    if rule is None:
        raise UnknownRoleError(role_id)
    return tuple(authority.id for authority in the_catalog().authority_chain(rule.decided_by))


def kinds_above(kind: str) -> tuple[str, ...]:
    """Returns this kind of authority and each next one up, whatever the role."""
    return tuple(authority.id for authority in the_catalog().authority_chain(kind))


def requestable_roles() -> tuple[tuple[str, str], ...]:
    """Returns id and name of each role that can be requested, by name."""
    found = [(role.id, role.name) for role in the_catalog().roles if role.requestable]
    return tuple(sorted(found, key=lambda role: role[1].casefold()))


def is_known(role_id: str, survey_for: str | None) -> bool:
    """Whether the catalog says who decides this role."""
    return the_catalog().rule_for(role_id, survey_for) is not None


def deadline_policy(role_id: str, organization_kind: str | None) -> Policy:
    """Returns how long people may take with this role; the catalog need not have it any more."""
    return the_catalog().deadline_policy(role_id, organization_kind)


def organization_policy(organization_kind: str | None) -> Policy:
    """Returns how long people may take, and when they are mailed, at a kind of organization, whatever the role."""
    return the_catalog().deadline_policy("", organization_kind)


def place_of(kind: str, id: str) -> tuple[str | None, str | None]:
    """Returns the postal code of the state that an organization is in and its IANA time zone; None: not known."""
    try:
        found = the_catalog().organization(kind, id)
    except KeyError:
        return (None, None)
    return (found.id if found.kind == "state" else found.state, found.time_zone)


def authority_name(kind: str, organization_name: str | None) -> str:
    """Returns the name of an authority, e.g. "Security Officials of Alabama"."""
    return the_catalog().authority(kind).name_for(organization_name or "")


def organization_name(kind: str, id: str) -> str:
    """Returns an organization's name, or its id when the catalog has it as a demonstration only, or not at all."""
    listed = the_catalog().organizations_of(kind)
    return next((each.name for each in listed if each.id == id and not each.demonstration), id)


def organization_kinds() -> dict[str, str]:
    """Returns the kinds of organization with their plurals, e.g. "providers", in the catalog's order."""
    return {kind.id: kind.plural for kind in the_catalog().organization_kinds}


def complete_kinds() -> tuple[str, ...]:
    """Returns the kinds that the catalog lists in full, not by examples: states, contract organizations."""
    return tuple(kind.id for kind in the_catalog().organization_kinds if not kind.demonstration)


def organizations(*, demonstration: bool = True) -> tuple[OrganizationId, ...]:
    """Returns the organizations that the catalog lists, on request without those that only demonstrate."""
    listed = the_catalog().organizations
    return tuple(
        OrganizationId(kind=each.kind, id=each.id) for each in listed if demonstration or not each.demonstration
    )


def id_problem(kind: str, id: str) -> str | None:
    """Says what is wrong with the shape of an organization's id, e.g. a provider's CCN; None when nothing is."""
    return organization_files.id_problem(the_catalog().organization_kind(kind).id, id)


def official_of(role_id: str) -> str | None:
    """Returns the kind of authority that a holder of this role decides for; None for roles that decide nothing."""
    try:
        return the_catalog().role(role_id).official_of
    except KeyError:
        return None


def offer(role_id: str, *, is_surveyor: bool) -> Offer:
    """Returns what the official may give along with the role."""
    role = the_catalog().role(role_id)
    takes_disciplines = role.has_disciplines or is_surveyor
    return Offer(
        disciplines=frozenset(each.id for each in the_catalog().disciplines) if takes_disciplines else frozenset(),
        privileges=frozenset(role.grantable),
    )


def correctable(role_id: str) -> tuple[str, ...]:
    """Returns the fields of the request form that a requester of this role may correct."""
    role = the_catalog().role(role_id)
    return questions.correctable(role.step3, asks_surveyor=role.asks_surveyor)


def disciplines(ids: Iterable[str]) -> tuple[Discipline, ...]:
    """Returns these disciplines in the order of the job aid's figure."""
    wanted = frozenset(ids)
    return tuple(each for each in the_catalog().disciplines if each.id in wanted)


def privileges(ids: Iterable[str]) -> tuple[Privilege, ...]:
    """Returns these privileges in the catalog's order."""
    wanted = frozenset(ids)
    return tuple(each for each in the_catalog().privileges if each.id in wanted)


def privilege_label(privilege: Privilege) -> str:
    """Returns how messages name a privilege, e.g. "CMPTS: Edit notes"."""
    return f"{privilege.section}: {privilege.action}"


def added_privileges(role_id: str, roles_held: Iterable[str], extra: Collection[str]) -> tuple[Privilege, ...]:
    """Returns what the role lets its holder do that the roles held, and the privileges added to them, do not.

    `extra` are privileges as messages name them.
    """
    known = {role.id: role for role in the_catalog().roles}
    has = {each for held in roles_held if held in known for each in known[held].privileges}
    added = privileges(set(the_catalog().role(role_id).privileges) - has)
    return tuple(each for each in added if privilege_label(each) not in extra)
