"""A person has those who decide reminded. approval_svc reminds them, and says when that is possible again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.domain.requests import Happening, PartState, check_nudge, check_withdrawal, lane
from request_svc.tables import Part, RoleRequest
from request_svc.use_cases.timeline import note
from shared import audit
from shared.audit import Action
from shared.contracts import NudgeAsked
from shared.messaging.outbox import publish


def nudge_officials(session: Session, request_id: UUID, user_id: str, now: datetime) -> None:
    """Asks approval_svc to remind the officials of every part for which it is not too early.

    Raises:
        RequestMissingError: the person has no such request.
        NotPendingError: it has ended.
        NudgeTooEarlyError, NothingToNudgeError: nobody can be reminded now.
    """
    request = queries.lock_request(session, request_id, user_id)
    check_withdrawal(request.state)
    waiting = waiting_parts(request)
    check_nudge([part.nudge_from for part in waiting], now)
    for part in waiting:
        if part.nudge_from and part.nudge_from <= now:
            # Until approval_svc answers, a second click is refused.
            part.nudge_from = None
    note(session, request.id, Happening.NUDGED, now)
    audit.record(
        session,
        Action.REQUEST_NUDGE_ASKED,
        ("request", request.id),
        now=now,
        after={"parts": [part.scope for part in waiting if part.nudge_from is None]},
        who=audit.user(user_id),
        correlation_id=request.correlation_id,
    )
    own = lane(request.category_id, request.organizations)
    message = NudgeAsked(request_id=request.id, asked_at=now)
    publish(session, message, correlation_id=request.correlation_id, now=now, lane=own)


def waiting_parts(request: RoleRequest) -> list[Part]:
    """Returns the parts that somebody is asked to decide; none while the request is being withdrawn."""
    if request.is_being_withdrawn:
        return []
    return [part for part in request.parts if part.state is PartState.PENDING and part.asked_at]
