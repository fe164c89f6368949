"""A person takes a pending request back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.domain.requests import Happening, PartState, RequestState, check_withdrawal
from request_svc.use_cases.timeline import note
from shared.contracts import RequestWithdrawn
from shared.messaging.outbox import publish


def withdraw_request(session: Session, request_id: UUID, user_id: str, now: datetime) -> None:
    """Withdraws the request; parts that were decided before stay decided.

    Raises:
        RequestMissingError: the person has no such request.
        NotPendingError: it was decided or withdrawn before.
    """
    request = queries.lock_request(session, request_id, user_id)
    check_withdrawal(request.state)
    request.state, request.closed_at = RequestState.WITHDRAWN, now
    for part in request.parts:
        if part.state is PartState.PENDING:
            part.state = PartState.WITHDRAWN
    note(session, request.id, Happening.WITHDRAWN, now)
    message = RequestWithdrawn(request_id=request.id, withdrawn_at=now)
    publish(session, message, correlation_id=request.correlation_id, now=now)
