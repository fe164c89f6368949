"""Time passed: notices that are due are queued again, those of a stopped worker among them."""

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from notify_svc.domain.failures import Answer
from notify_svc.domain.notices import TAKEN_UP_WITHIN, Result, State, step
from notify_svc.tables import Notice
from notify_svc.use_cases.record_delivery import end_try
from shared.contracts import NoticeQueued
from shared.messaging.outbox import publish

log = structlog.get_logger(__name__)

BATCH = 200
STOPPED = "Broken off: the worker stopped while it was sending. The mail server may have taken the mail."


def requeue_due(session: Session, now: datetime) -> None:
    """Writes `NoticeQueued` for up to 200 due notices: retries, lost messages, and leases that ran out.

    One that cannot be handled does not hold up the others.
    """
    due = (
        select(Notice)
        .where(Notice.state.in_([State.QUEUED, State.SENDING]), Notice.due_at <= now)
        .order_by(Notice.due_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    for notice in session.scalars(due).all():
        try:
            with session.begin_nested():
                _requeue(session, notice, now)
        except Exception:
            log.exception("a notice could not be queued again", notice_id=str(notice.id))
            notice.due_at = now + TAKEN_UP_WITHIN


def _requeue(session: Session, notice: Notice, now: datetime) -> None:
    if notice.state is State.SENDING:
        _release(session, notice, now)
    notice.due_at, notice.held = now + TAKEN_UP_WITHIN, False
    queued = NoticeQueued(notice_id=notice.id, queued_at=now)
    publish(session, queued, correlation_id=notice.correlation_id, now=now)


def _release(session: Session, notice: Notice, now: datetime) -> None:
    notice.state = step(notice.state, State.QUEUED)
    end_try(session, notice.id, notice.attempts, Result.UNKNOWN, Answer(None, STOPPED), now)
