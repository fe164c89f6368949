"""RequestDecided: every part has ended; whatever had not arrived alone is applied now."""

from datetime import datetime

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.use_cases.parts import part_for
from request_svc.use_cases.record_decision import apply_outcome
from request_svc.use_cases.record_expiry import expire_part
from shared.contracts import RequestDecided


def close_request(session: Session, message: RequestDecided, now: datetime) -> None:
    """Applies every outcome, in whatever order the single decisions come.

    Raises:
        RequestMissingError, PartMissingError: the message names a request or an organization that is not ours.
    """
    request = queries.lock_request(session, message.request_id)
    for outcome in message.outcomes:
        apply_outcome(session, request, outcome, outcome.decided_at, now)
    for expired in message.expired:
        part = part_for(request, expired.organization)
        expire_part(session, part, expired.approval_id, expired.authority, expired.expired_at)
