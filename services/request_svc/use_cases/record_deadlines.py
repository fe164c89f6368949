"""DeadlinesPlanned: when a part expires, and when its officials may be reminded, for My Profile."""

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.domain.requests import PartState
from request_svc.use_cases.parts import part_for
from shared.contracts import DeadlinesPlanned


def record_deadlines(session: Session, message: DeadlinesPlanned) -> None:
    """Keeps the deadlines; an older message than the last one changes nothing, and neither does one for an ended part.

    Raises:
        RequestMissingError, PartMissingError: the message names a request or an organization that is not ours.
    """
    request = queries.lock_request(session, message.request_id)
    part = part_for(request, message.organization)
    if part.state is not PartState.PENDING or (part.planned_at and part.planned_at > message.planned_at):
        return
    part.planned_at = message.planned_at
    part.escalates_at, part.expires_at = message.escalates_at, message.expires_at
    part.nudge_from = message.nudge_from
