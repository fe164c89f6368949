"""The requester took the request back: what nobody has decided ends here, and request_svc is told."""

from datetime import datetime

from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.domain.approvals import OPEN, State
from approval_svc.tables import ApprovalRow, RequestRow
from approval_svc.use_cases import planning, telling
from approval_svc.use_cases.conclude import conclude
from shared import audit
from shared.audit import Action
from shared.contracts import ApprovalWithdrawn, ClosedBecause, RequestWithdrawn
from shared.messaging.inbox import NotYetError
from shared.messaging.outbox import publish


def withdraw(session: Session, message: RequestWithdrawn, now: datetime) -> None:
    """Ends what is still open, and tells request_svc and those who were asked. Decisions made before stand.

    Raises:
        NotYetError: the request itself has not arrived.
    """
    request = queries.lock_request(session, message.request_id)
    if request is None:
        raise NotYetError(f"request {message.request_id}")
    if request.withdrawn_at is not None:
        return
    request.withdrawn_at = message.withdrawn_at
    text = f"{request.requester_name} asked to withdraw the request."
    telling.note(session, text, request_id=request.id, now=message.withdrawn_at)
    _audit(session, request, now)
    _close_open(session, request, now)


def _close_open(session: Session, request: RequestRow, now: datetime) -> None:
    still_open = [approval for approval in request.approvals if approval.state in OPEN]
    for approval in still_open:
        _close(session, request, approval, now)
    if still_open and any(approval.state is not State.WITHDRAWN for approval in request.approvals):
        conclude(session, request, now)


def _close(session: Session, request: RequestRow, approval: ApprovalRow, now: datetime) -> None:
    before = approval.state
    asked = queries.live_askings(approval)
    for asking in asked:
        asking.ended_at = now
    approval.state, approval.state_since = queries.as_domain(approval).withdrawn().state, now
    planning.end(session, approval, now)
    _audit_end(session, approval, before, now)
    telling.note(session, "The request was withdrawn.", request_id=request.id, approval_id=approval.id, now=now)
    publish(session, _message(approval, now), correlation_id=request.correlation_id, now=now)
    telling.close(session, approval, [asking.official for asking in asked], ClosedBecause.WITHDRAWN, now)


def _audit(session: Session, request: RequestRow, now: datetime) -> None:
    audit.record(
        session,
        Action.REQUEST_WITHDRAWAL_ASKED,
        ("request", request.id),
        now=now,
        before={"withdrawn_at": None},
        after={"withdrawn_at": request.withdrawn_at},
        on_behalf_of=audit.user(request.requester_user_id),
        correlation_id=request.correlation_id,
    )


def _audit_end(session: Session, approval: ApprovalRow, before: State, now: datetime) -> None:
    audit.record(
        session,
        Action.APPROVAL_WITHDRAWN,
        ("approval", approval.id),
        now=now,
        before={"state": before},
        after={"state": approval.state, "request": approval.request_id},
        on_behalf_of=audit.user(approval.request.requester_user_id),
        correlation_id=approval.request.correlation_id,
    )


def _message(approval: ApprovalRow, now: datetime) -> ApprovalWithdrawn:
    return ApprovalWithdrawn(
        approval_id=approval.id,
        request_id=approval.request_id,
        organization=telling.organization(approval),
        withdrawn_at=now,
    )
