"""Requests and roles as My Profile shows them: labelled fields in the words of the job aids."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from request_svc.domain.requests import Happening, PartState
from request_svc.domain.steps import Step
from request_svc.tables import Event, Grant, Part, RoleRequest
from request_svc.use_cases.nudge_officials import waiting_parts
from shared.catalog import Catalog, Role
from shared.contracts import in_place_of

NO_INFORMATION = "No information"
_KIND_LABELS = {"state": "State", "contract-organization": "Contract Organization", "ado": "ADO Contractor"} | {
    "mac": "Medicare Administrative Contractor",
    "provider": "Provider",
}
_SURVEY_FOR = {"cms": "CMS", "state": "State"}

Field = tuple[str, str]
"""A label and its value."""


@dataclass(frozen=True)
class PartView:
    """Who decides for one organization and until when, and how it ended. `officials` are (name, contact).

    `standing` is the state, or "revoked" when the approval was taken back since.
    """

    organization: str | None
    state: str
    standing: str
    officials: tuple[Field, ...]
    unroutable: bool
    escalates_at: datetime | None
    expires_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    comment: str | None


@dataclass(frozen=True)
class RequestView:
    """One request on My Profile; `is_settled` when nothing of it is awaited within seconds.

    `nudge_from` is when those who decide may be reminded, None when they cannot be.
    """

    id: UUID
    category: str
    role_id: str
    role_name: str
    state: str
    fields: tuple[Field, ...]
    parts: tuple[PartView, ...]
    events: tuple[Event, ...]
    submitted_at: datetime
    closed_at: datetime | None
    is_being_withdrawn: bool
    is_settled: bool
    nudge_from: datetime | None


@dataclass(frozen=True)
class GrantView:
    """One role under User Roles; `decides` when it makes its holder a Security Official."""

    id: UUID
    category: str
    role_id: str
    title: str
    surveyor: str | None
    disciplines: tuple[str, ...]
    has_disciplines: bool
    extra_privileges: tuple[str, ...]
    granted_at: datetime
    ends_at: datetime | None
    decides: bool


def request_groups(catalog: Catalog, requests: Sequence[RoleRequest]) -> dict[str, list[RequestView]]:
    """Returns the requests under the names of their categories."""
    groups: dict[str, list[RequestView]] = {}
    for request in requests:
        view = present_request(catalog, request)
        groups.setdefault(view.category, []).append(view)
    return groups


def present_request(catalog: Catalog, request: RoleRequest) -> RequestView:
    """Returns what My Profile shows of a request."""
    return RequestView(
        id=request.id,
        category=catalog.category(request.category_id).name,
        role_id=request.role_id,
        role_name=request.role_name,
        state=request.state.value,
        fields=tuple(_fields(catalog.role(request.role_id), request)),
        parts=tuple(_part(part, _revoked(request)) for part in request.parts),
        events=tuple(request.events),
        submitted_at=request.submitted_at,
        closed_at=request.closed_at,
        is_being_withdrawn=request.is_being_withdrawn,
        is_settled=is_settled(request),
        nudge_from=min((part.nudge_from for part in waiting_parts(request) if part.nudge_from), default=None),
    )


def is_settled(request: RoleRequest) -> bool:
    """Returns whether every pending part was routed, or found to have nobody, and no withdrawal is under way."""
    pending = [part for part in request.parts if part.state is PartState.PENDING]
    return not request.is_being_withdrawn and all(part.asked_at or part.unroutable_at for part in pending)


def _fields(role: Role, request: RoleRequest) -> list[Field]:
    """Returns the fields of the role between User Role and Security Official Name."""
    found: list[Field] = [("User Role", request.role_name)]
    step = Step(role.step3)
    if step is Step.STATE:
        found += _state_fields(request)
    elif step is Step.CONTRACT_SURVEYOR:
        found += [("Organization", _SURVEY_FOR[str(request.survey_for)]), *_organization_fields(request)]
    else:
        found += _organization_fields(request)
    if role.asks_surveyor or role.has_disciplines:
        found += [("Surveyor", _surveyor(role, request.surveyor)), ("Surveyor Disciplines", _disciplines(request))]
    return found + _surveyor_id_fields(request)


def _state_fields(request: RoleRequest) -> list[Field]:
    """CLIA job aid 1.0, Figure 34. Units are not asked for, hence always without information."""
    state = request.organizations[0]["name"]
    found = [("State Agency", state), ("Management Unit", NO_INFORMATION), ("Work Unit", NO_INFORMATION)]
    return [*found, ("State Agency Employee ID", request.employee_id)] if request.employee_id else found


def _organization_fields(request: RoleRequest) -> list[Field]:
    names: dict[str, list[str]] = {}
    for organization in request.organizations:
        names.setdefault(_KIND_LABELS[organization["kind"]], []).append(organization["name"])
    return [(label, "\n".join(values)) for label, values in names.items()]


def _surveyor_id_fields(request: RoleRequest) -> list[Field]:
    status = [("New or Existing Surveyor", request.surveyor_status.capitalize())] if request.surveyor_status else []
    return status + ([("Federal Surveyor ID", request.federal_surveyor_id)] if request.federal_surveyor_id else [])


def _surveyor(role: Role, answered: bool | None) -> str:
    if role.has_disciplines:
        return "Yes"
    return NO_INFORMATION if answered is None else "Yes" if answered else "No"


def _disciplines(request: RoleRequest) -> str:
    """Returns what was granted, or saved later, each once whichever organization gave it."""
    names = dict.fromkeys(name for grant in request.grants for name in grant.disciplines)
    return "\n".join(names) or NO_INFORMATION


def _revoked(request: RoleRequest) -> set[str | None]:
    """Returns the organizations for which the approval was taken back."""
    return {event.organization for event in request.events if event.kind == Happening.REVOKED}


def _part(part: Part, revoked: Collection[str | None]) -> PartView:
    return PartView(
        organization=part.organization_name,
        state=part.state.value,
        standing="revoked" if part.organization_name in revoked else part.state.value,
        officials=tuple((_acting(official), _contact(official)) for official in part.officials),
        unroutable=part.unroutable_at is not None and part.asked_at is None,
        escalates_at=part.escalates_at,
        expires_at=part.expires_at,
        decided_by=part.decided_by,
        decided_at=part.decided_at,
        reason=part.reason,
        comment=part.comment,
    )


def _acting(official: dict[str, Any]) -> str:
    """Returns the official's name, with those of the absent in whose place they were asked."""
    return in_place_of(official["name"], official.get("acts_for") or ())


def _contact(official: dict[str, str | None]) -> str:
    return "\n".join(value for value in (official["email"], official.get("phone")) if value)


def grant_cards(catalog: Catalog, grants: Sequence[Grant]) -> dict[str, list[GrantView]]:
    """Returns the roles under the names of their categories; those that want a discipline come first."""
    groups: dict[str, list[GrantView]] = {}
    views = [_grant(catalog, grant) for grant in grants]
    for view in sorted(views, key=lambda view: not (view.has_disciplines and not view.disciplines)):
        groups.setdefault(view.category, []).append(view)
    return groups


def _grant(catalog: Catalog, grant: Grant) -> GrantView:
    role = catalog.role(grant.role_id)
    asks = role.has_disciplines or role.asks_surveyor
    return GrantView(
        id=grant.id,
        category=catalog.category(grant.category_id).name,
        role_id=role.id,
        title=grant.title,
        surveyor=_surveyor(role, grant.surveyor) if asks else None,
        disciplines=tuple(grant.disciplines),
        has_disciplines=role.has_disciplines,
        extra_privileges=tuple(grant.extra_privileges),
        granted_at=grant.granted_at,
        ends_at=grant.ends_at,
        decides=role.official_of is not None,
    )


def missing_disciplines(catalog: Catalog, grants: Sequence[Grant]) -> list[str]:
    """Returns the names of surveyor roles without a discipline (access job aid 3.1, Figure 20)."""
    without = [grant for grant in grants if catalog.role(grant.role_id).has_disciplines and not grant.disciplines]
    return list(dict.fromkeys(grant.role_name for grant in without))
