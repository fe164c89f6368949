"""Messages that have done their work are forgotten after a while, a few at a time, so that nothing waits for it.

Outbox rows carry names and addresses that nobody needs once every subscriber had the message; an inbox row is needed
for as long as its message might come again, and for as long as one might come that was written after it. A sender names
as predecessors only messages that it still keeps, and a subscriber keeps them three weeks longer: nothing waits for one
that was forgotten.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from shared.messaging.states import OVER
from shared.messaging.tables import inbox, outbox

KEEP_TAKEN = timedelta(days=7)
KEEP_DONE = timedelta(days=30)
AT_ONCE = 1000


def trim_outbox(session: Session, now: datetime) -> int:
    """Deletes up to 1,000 rows that were taken over 7 days ago; what has no receipt stays. Returns how many."""
    old = (
        select(outbox.c.id)
        .where(outbox.c.taken_at < now - KEEP_TAKEN)
        .order_by(outbox.c.taken_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    return len(session.execute(delete(outbox).where(outbox.c.id == old.c.id).returning(outbox.c.id)).all())


def trim_inbox(session: Session, now: datetime) -> int:
    """Deletes up to 1,000 messages that were done or closed over 30 days ago, with their history. Returns how many.

    What failed, waits or is dead stays.
    """
    old = (
        select(inbox.c.message_id)
        .where(inbox.c.handled_at < now - KEEP_DONE, inbox.c.state.in_(OVER))
        .order_by(inbox.c.handled_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    gone = delete(inbox).where(inbox.c.message_id == old.c.message_id).returning(inbox.c.message_id)
    return len(session.execute(gone).all())


TRIMS: tuple[Callable[[Session, datetime], int], ...] = (trim_outbox, trim_inbox)
