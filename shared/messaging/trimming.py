"""Messages that have done their work are forgotten after a while, a few at a time, so that nothing waits for it.

Outbox rows carry names and addresses that nobody needs once every subscriber had the message; an inbox row is
needed for as long as its message might come again.
"""

from datetime import datetime, timedelta

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from shared.messaging import receipts
from shared.messaging.states import OVER
from shared.messaging.tables import inbox, outbox

KEEP_TAKEN = timedelta(days=7)
KEEP_DONE = timedelta(days=30)
AT_ONCE = 1000


def trim(session: Session, now: datetime) -> int:
    """Deletes up to 1,000 outbox rows older than 7 days and as many done inbox rows older than 30 days.

    Returns how many rows went. What failed, is dead or has no receipt stays.
    """
    is_over = or_(
        outbox.c.taken_at < now - KEEP_TAKEN, and_(outbox.c.type == receipts.TYPE, outbox.c.sent_at < now - KEEP_TAKEN)
    )
    taken = select(outbox.c.id).where(is_over).limit(AT_ONCE)
    done = select(inbox.c.message_id).where(inbox.c.state.in_(OVER), inbox.c.handled_at < now - KEEP_DONE)
    forgotten = session.execute(delete(outbox).where(outbox.c.id.in_(taken)).returning(outbox.c.id)).all()
    seen = session.execute(
        delete(inbox).where(inbox.c.message_id.in_(done.limit(AT_ONCE))).returning(inbox.c.message_id)
    ).all()
    return len(forgotten) + len(seen)
