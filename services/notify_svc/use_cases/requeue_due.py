"""Time passed: notices that are due are queued again, those of a stopped worker among them."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from notify_svc.domain.notices import TAKEN_UP_WITHIN, Result, State, step
from notify_svc.tables import Delivery, Notice
from shared.contracts import NoticeQueued
from shared.ids import new_id
from shared.messaging.outbox import publish

BATCH = 200
STOPPED = "No answer is known: the worker stopped while it was sending."


def requeue_due(session: Session, now: datetime) -> None:
    """Writes `NoticeQueued` for up to 200 due notices: retries, lost messages, and leases that ran out."""
    due = (
        select(Notice)
        .where(Notice.state.in_([State.QUEUED, State.SENDING]), Notice.due_at <= now)
        .order_by(Notice.due_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    for notice in session.scalars(due):
        if notice.state is State.SENDING:
            _release(session, notice, now)
        notice.due_at = now + TAKEN_UP_WITHIN
        queued = NoticeQueued(notice_id=notice.id, queued_at=now)
        publish(session, queued, correlation_id=notice.correlation_id, now=now)


def _release(session: Session, notice: Notice, now: datetime) -> None:
    notice.state = step(notice.state, State.QUEUED)
    session.add(
        Delivery(
            id=new_id(),
            notice_id=notice.id,
            attempt=notice.attempts,
            result=Result.UNKNOWN,
            code=None,
            answer=STOPPED,
            ended_at=now,
        )
    )
