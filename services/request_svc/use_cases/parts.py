"""The parts of a request: finding the one that a message means, and ending it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.domain.requests import PartState, RequestState, state_of_request
from request_svc.tables import Part, RoleRequest, scope_of_organization
from request_svc.use_cases.ending_questions import end_questions
from shared import audit
from shared.audit import Action
from shared.contracts import Organization

_ENDED_BY = {PartState.WITHDRAWN: Action.REQUEST_WITHDRAWN, PartState.EXPIRED: Action.REQUEST_EXPIRED}


class PartMissingError(LookupError):
    """A message names an organization that the request does not."""


def part_for(request: RoleRequest, organization: Organization | None) -> Part:
    """Returns the part for that organization, None being the national one. Raises PartMissingError."""
    scope = scope_of_organization(organization)
    for part in request.parts:
        if part.scope == scope:
            return part
    raise PartMissingError(f"request {request.id} has no part {scope}")


def open_part(session: Session, request_id: UUID, organization: Organization | None, at: datetime) -> Part | None:
    """Returns the part that was told of at `at`, its request locked; None when it ended, or somebody was asked since.

    Raises:
        RequestMissingError, PartMissingError: the request or the organization is not ours.
    """
    part = part_for(queries.lock_request(session, request_id), organization)
    is_news = part.asked_at is None or part.asked_at <= at
    return part if part.state is PartState.PENDING and is_news else None


def end_part(session: Session, part: Part, state: PartState, at: datetime) -> None:
    """Ends a pending part, and with the last one the request: when it closed is the latest of all ends heard of."""
    part.state = state
    part.escalates_at = part.expires_at = part.nudge_from = None
    end_questions(session, part, at)
    request = part.request
    action = _ENDED_BY.get(state, Action.REQUEST_DECIDED)
    ended = {"state": state, "approval": part.approval_id}
    audit_part(session, part, action, at, before={"state": PartState.PENDING, "approval": None}, after=ended)
    request.state = state_of_request(each.state for each in request.parts)
    if request.state is not RequestState.PENDING:
        ends = [each.decided_at for each in request.parts if each.decided_at]
        request.closed_at = max([at, *ends])
        _audit_end(session, request, request.closed_at)


def audit_part(
    session: Session, part: Part, action: Action, at: datetime, *, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Records what changed in a part, beside the name of its scope."""
    request = part.request
    before, after = audit.differing(before, after)
    audit.record(
        session,
        action,
        ("request", request.id),
        now=at,
        before=before,
        after={"part": part.scope} | after,
        on_behalf_of=audit.user(request.user_id) if action is Action.REQUEST_WITHDRAWN else None,
        correlation_id=request.correlation_id,
    )


def _audit_end(session: Session, request: RoleRequest, at: datetime) -> None:
    audit.record(
        session,
        Action.REQUEST_CLOSED,
        ("request", request.id),
        now=at,
        before={"state": RequestState.PENDING},
        after={"state": request.state},
        correlation_id=request.correlation_id,
    )
