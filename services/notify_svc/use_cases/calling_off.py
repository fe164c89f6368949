"""What is written and not sent yet, and of no use any more."""

from datetime import datetime

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from notify_svc.domain.notices import State
from notify_svc.tables import Notice


def skip_unsent(session: Session, *which: ColumnElement[bool], reason: str, now: datetime) -> None:
    """Skips those of these notices that wait: for mail hours, for their turn, or for another try."""
    unsent = update(Notice).where(*which, Notice.state == State.QUEUED)
    session.execute(unsent.values(state=State.SKIPPED, reason=reason, due_at=None, ended_at=now))
