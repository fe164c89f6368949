"""Nothing of a request is open any more: one message with every outcome."""

from datetime import datetime

from sqlalchemy.orm import Session

from approval_svc.domain.approvals import DECIDED, OPEN, State
from approval_svc.tables import RequestRow
from approval_svc.use_cases import telling
from shared.contracts import RequestDecided
from shared.messaging.outbox import publish


def conclude(session: Session, request: RequestRow, now: datetime, not_before: datetime | None = None) -> None:
    """Publishes RequestDecided when no approval of the request is open. The caller holds the request.

    Mail of it goes out at `not_before` or later, None: at once, because somebody has just done it.
    """
    if any(approval.state in OPEN for approval in request.approvals):
        return
    decided = [approval for approval in request.approvals if approval.state in DECIDED]
    expired = [approval for approval in request.approvals if approval.state is State.EXPIRED]
    message = RequestDecided(
        request_id=request.id,
        requester=telling.requester(request),
        role_id=request.role_id,
        role_name=request.role_name,
        outcomes=tuple(telling.dated_outcome(approval) for approval in decided),
        expired=tuple(telling.expired_part(approval) for approval in expired),
        decided_at=now,
        not_before=not_before,
    )
    publish(session, message, correlation_id=request.correlation_id, now=now)
