"""The requester asks to have the officials reminded."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.domain.approvals import OPEN, State
from approval_svc.tables import ApprovalRow
from approval_svc.use_cases import planning, reminding, telling
from approval_svc.use_cases.timing import timing_of
from shared import audit
from shared.audit import Action
from shared.contracts import ApprovalNudged, NudgeAsked
from shared.messaging.inbox import NotYetError
from shared.messaging.outbox import publish


def nudge(session: Session, message: NudgeAsked, at_most: timedelta, now: datetime) -> None:
    """Reminds the officials of each open approval for which it is not too early, and tells when the next is possible.

    Raises:
        NotYetError: the request itself has not arrived.
    """
    request = queries.lock_request(session, message.request_id)
    if request is None:
        raise NotYetError(f"request {message.request_id}")
    for approval in request.approvals:
        if approval.state not in OPEN:
            continue
        if is_possible(approval, message.asked_at):
            _nudge(session, approval, at_most, now)
        planning.tell_plan(session, approval, now)


def is_possible(approval: ApprovalRow, asked_at: datetime) -> bool:
    """Whether somebody is asked, the clock runs, and the last mail to them is long enough ago."""
    if approval.state is not State.ASKED or approval.resting_since is not None:
        return False
    return approval.nudge_from is not None and asked_at >= approval.nudge_from


def _nudge(session: Session, approval: ApprovalRow, at_most: timedelta, now: datetime) -> None:
    timing, before = timing_of(session, approval), approval.nudge_from
    approval.nudge_from = timing.next_nudge(now)
    message = ApprovalNudged(**reminding.awaited(session, approval, timing, at_most, now), nudged_at=now)
    publish(session, message, correlation_id=approval.request.correlation_id, now=now)
    text = f"{approval.request.requester_name} had the officials reminded."
    telling.note(session, text, request_id=approval.request_id, approval_id=approval.id, now=now)
    audit.record(
        session,
        Action.APPROVAL_NUDGED,
        ("approval", approval.id),
        now=now,
        before={"nudge_from": before},
        after={"nudge_from": approval.nudge_from, "request": approval.request_id},
        on_behalf_of=audit.user(approval.request.requester_user_id),
        correlation_id=approval.request.correlation_id,
    )
