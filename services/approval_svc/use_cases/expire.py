"""Nobody decided in time: the approval ends, and everybody concerned is told."""

from datetime import datetime

from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.tables import ApprovalRow
from approval_svc.use_cases import planning, telling
from approval_svc.use_cases.conclude import conclude
from approval_svc.use_cases.timing import Timing
from shared import audit
from shared.audit import Action
from shared.contracts import ApprovalExpired
from shared.messaging.outbox import publish


def expire(session: Session, approval: ApprovalRow, timing: Timing, now: datetime) -> None:
    """Ends an open approval for good, and the request with the last one. The caller holds the request."""
    before, asked = approval.state, queries.live_askings(approval)
    approval.state, approval.state_since = queries.as_domain(approval).expired().state, now
    for asking in asked:
        asking.ended_at = now
    planning.end(session, approval, now)
    telling.note(session, "Nobody decided in time.", request_id=approval.request_id, approval_id=approval.id, now=now)
    audit.record(
        session,
        Action.APPROVAL_EXPIRED,
        ("approval", approval.id),
        now=now,
        before={"state": before},
        after={"state": approval.state, "request": approval.request_id},
        correlation_id=approval.request.correlation_id,
    )
    told = [asking.official for asking in asked if asking.official.active and asking.official.reachable]
    message = ApprovalExpired(
        approval_id=approval.id,
        request_id=approval.request_id,
        requester_name=approval.request.requester_name,
        role_name=approval.request.role_name,
        organization=telling.organization(approval),
        authority=telling.authority(approval),
        officials=tuple(map(telling.official, told)),
        asked_at=approval.clock_from or approval.request.received_at,
        expired_at=now,
        not_before=timing.mail_at(now),
    )
    publish(session, message, correlation_id=approval.request.correlation_id, now=now)
    conclude(session, approval.request, now, message.not_before)
