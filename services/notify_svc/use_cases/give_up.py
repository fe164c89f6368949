"""A notice will not be delivered: its row says why, and the services that count on it are told."""

from datetime import datetime

from sqlalchemy.orm import Session

from notify_svc.domain.notices import State, step
from notify_svc.tables import Notice
from shared import audit
from shared.audit import Action
from shared.contracts import NoticeFailed
from shared.messaging.outbox import publish


def give_up(
    session: Session, notice: Notice, reason: str, now: datetime, *, permanent: bool, end: State = State.FAILED
) -> None:
    """Marks the notice failed, or as `end` says, and writes `NoticeFailed`."""
    before, notice.state = notice.state, step(notice.state, end)
    audit_failure(session, notice, before, reason, now)
    notice.reason, notice.due_at, notice.ended_at = reason, None, now
    tell_failed(session, notice, reason, now, permanent=permanent)


def audit_failure(session: Session, notice: Notice, before: State | None, reason: str, now: datetime) -> None:
    """Records that a notice ended undelivered; `before` is None for one that nobody tried to send."""
    audit.record(
        session,
        Action.NOTICE_FAILED,
        ("notice", notice.id),
        now=now,
        before={"state": before} if before else None,
        after={"state": notice.state, "answer": reason, "email": notice.template, "to": notice.recipient_id},
        correlation_id=notice.correlation_id,
    )


def tell_failed(session: Session, notice: Notice, reason: str, now: datetime, *, permanent: bool) -> None:
    """Writes `NoticeFailed`; `reason` holds no address."""
    failed = NoticeFailed(
        notice_id=notice.id,
        template=notice.template,
        recipient=notice.recipient_id,
        request_id=notice.request_id,
        approval_id=notice.approval_id,
        reason=reason,
        permanent=permanent,
        failed_at=now,
        written_at=notice.written_at,
    )
    publish(session, failed, correlation_id=notice.correlation_id, now=now)
