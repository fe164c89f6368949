"""Time passed: the ledger forgets what nobody will ask for, a few rows at a time, so that nothing waits for it."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from notify_svc.tables import AnsweredQuestion, Bounce, ClosedApproval, Notice

KEEP_NOTICES = timedelta(days=3 * 365)
"""Longer than any question about a request comes up; notices hold names and addresses."""
KEEP_NOBODYS = timedelta(days=30)
"""Longer than any provider repeats an event."""
AT_ONCE = 500


def forget_old(session: Session, now: datetime) -> None:
    """Deletes up to 500 ended notices with their deliveries and bounces, and as many of what stands alone."""
    ended = select(Notice.id).where(Notice.ended_at < now - KEEP_NOTICES).limit(AT_ONCE)
    nobodys = select(Bounce.id).where(Bounce.notice_id.is_(None), Bounce.received_at < now - KEEP_NOBODYS)
    closed = select(ClosedApproval.approval_id).where(ClosedApproval.closed_at < now - KEEP_NOTICES)
    answered = select(AnsweredQuestion.question_id).where(AnsweredQuestion.answered_at < now - KEEP_NOTICES)
    session.execute(delete(Notice).where(Notice.id.in_(ended.with_for_update(skip_locked=True))))
    session.execute(delete(Bounce).where(Bounce.id.in_(nobodys.limit(AT_ONCE))))
    session.execute(delete(ClosedApproval).where(ClosedApproval.approval_id.in_(closed.limit(AT_ONCE))))
    session.execute(delete(AnsweredQuestion).where(AnsweredQuestion.question_id.in_(answered.limit(AT_ONCE))))
