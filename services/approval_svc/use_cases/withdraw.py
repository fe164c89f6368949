"""The requester took the request back."""

from datetime import datetime

from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.domain.approvals import DECIDED, OPEN
from approval_svc.tables import ApprovalRow, RequestRow
from approval_svc.use_cases import conclude, telling
from shared.contracts import ClosedBecause, RequestWithdrawn
from shared.messaging.inbox import NotYetError


def withdraw(session: Session, message: RequestWithdrawn, now: datetime) -> None:
    """Closes what is still open and tells those who were asked. Decisions that were made before stand.

    Raises:
        NotYetError: the request itself has not arrived.
    """
    request = queries.lock_request(session, message.request_id)
    if request is None:
        raise NotYetError(f"request {message.request_id}")
    if request.withdrawn_at is not None:
        return
    request.withdrawn_at = message.withdrawn_at
    text = f"{request.requester_name} withdrew the request."
    telling.note(session, text, request_id=request.id, now=message.withdrawn_at)
    _close_open(session, request, now)


def _close_open(session: Session, request: RequestRow, now: datetime) -> None:
    still_open = [approval for approval in request.approvals if approval.state in OPEN]
    for approval in still_open:
        _close(session, approval, now)
    if still_open and any(approval.state in DECIDED for approval in request.approvals):
        conclude.conclude(session, request, now)


def _close(session: Session, approval: ApprovalRow, now: datetime) -> None:
    asked = queries.live_askings(approval)
    for asking in asked:
        asking.ended_at = now
    approval.state, approval.state_since = queries.as_domain(approval).withdrawn().state, now
    telling.close(session, approval, [asking.official for asking in asked], ClosedBecause.WITHDRAWN, now)
