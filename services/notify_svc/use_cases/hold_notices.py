"""The mail server is in trouble, or a worker's time is over: notices wait in the ledger, not in the worker."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from notify_svc.domain.notices import State
from notify_svc.tables import Notice

AT_ONCE = 1000


def hold_notices(session: Session, notice_ids: Collection[UUID], until: datetime, *, for_server: bool) -> None:
    """Leaves queued notices queued, to be looked at again at `until`; they were not tried, so no try is counted.

    `for_server`: they may go on earlier, once the mail server answers again.
    """
    session.execute(
        update(Notice)
        .where(Notice.id.in_(notice_ids), Notice.state == State.QUEUED)
        .values(due_at=until, held=for_server)
    )


def release_held(session: Session, now: datetime) -> int:
    """Makes up to 1,000 notices due that wait for the mail server, which answers again; returns how many."""
    held = select(Notice.id).where(Notice.held, Notice.state == State.QUEUED).order_by(Notice.id).limit(AT_ONCE)
    ids = session.scalars(held.with_for_update(skip_locked=True)).all()
    session.execute(update(Notice).where(Notice.id.in_(ids)).values(due_at=now, held=False))
    return len(ids)
