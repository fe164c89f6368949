"""Writing messages: in the same transaction as the rows that they tell of."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import any_, event, exists, insert, select
from sqlalchemy.orm import Session

from shared.contracts import SUBSCRIBERS, Message
from shared.ids import new_id
from shared.messaging.envelope import RECEIPT, Envelope
from shared.messaging.queues import traffic
from shared.messaging.tables import outbox

log = structlog.get_logger(__name__)

CHANNEL = "outbox"
HANDLING = "messaging.handling"
"""Key in `Session.info` under which the inbox keeps the envelope of the message being handled."""
_WAKING = "messaging.waking"
"""Key in `Session.info`: whether the transaction has written something that the relay is to be woken for."""


def publish(
    session: Session, message: Message, *, correlation_id: UUID, now: datetime, lane: str | None = None
) -> Envelope:
    """Stores a message for each of its subscribers; the relay sends it once the transaction has committed.

    The cause is the message that this session is handling, if any. The lane says whose message it is (an organization);
    without one it is that of the message being handled, or else of what was written before about the same. The relay is
    woken once for each transaction, by its commit.

    Raises:
        InvalidMessageError: the message does not fit its schema; nothing was written.
    """
    handled: Envelope | None = session.info.get(HANDLING)
    if lane is None:
        lane = handled.lane if handled else _lane_before(session, correlation_id)
    cause = handled.message_id if handled else None
    envelope = Envelope.around(message, correlation_id=correlation_id, cause=cause, now=now, lane=lane)
    queues = SUBSCRIBERS[type(message)]
    before = _last_written(session, correlation_id, [queue for queue in queues if traffic(queue).ordered])
    session.execute(insert(outbox), [_row(envelope, queue, before[queue]) for queue in queues])
    _wake_relay_at_the_end(session)
    # In a web request this line also has its request id: it ties the form to everything that follows from it.
    log.info(
        "message written",
        type=envelope.type,
        message_id=str(envelope.message_id),
        correlation_id=str(correlation_id),
    )
    return envelope


def _wake_relay_at_the_end(session: Session) -> None:
    """Has the relay notified when the transaction is about to commit: a statement for all that it has written."""
    if _WAKING not in session.info:
        event.listen(session, "before_commit", _wake_relay)
    session.info[_WAKING] = True


def _wake_relay(session: Session) -> None:
    # before_commit is called for the end of a savepoint too. One that was rolled back may have been all that wrote:
    # a relay that is woken for nothing does no harm.
    if session.info[_WAKING] and not session.in_nested_transaction():
        session.connection().exec_driver_sql(f"NOTIFY {CHANNEL}")
        session.info[_WAKING] = False


def _row(envelope: Envelope, queue: str, before: list[UUID]) -> dict[str, object]:
    return {
        "id": new_id(),
        "message_id": envelope.message_id,
        "queue": queue,
        "type": envelope.type,
        "correlation_id": envelope.correlation_id,
        "after": before,
        "lane": envelope.lane,
        "envelope": envelope.to_json(),
        "written_at": envelope.written_at,
    }


def _last_written(session: Session, correlation_id: UUID, queues: Sequence[str]) -> dict[str, list[UUID]]:
    """Returns, by queue, the messages about the same that no later one comes after yet: mostly one, the last.

    Two, when two transactions wrote at the same time; neither saw the other's, and whatever is written later comes
    after both. So no lock is needed, and nobody waits for anybody in order to write.
    """
    found: dict[str, list[UUID]] = defaultdict(list)
    if not queues:
        return found
    later = outbox.alias("later")
    is_followed = exists().where(
        later.c.correlation_id == outbox.c.correlation_id,
        later.c.queue == outbox.c.queue,
        outbox.c.message_id == any_(later.c.after),
    )
    last = select(outbox.c.queue, outbox.c.message_id).where(
        outbox.c.correlation_id == correlation_id,
        outbox.c.queue.in_(queues),
        outbox.c.type != RECEIPT,
        ~is_followed,
    )
    for row in session.execute(last):
        found[row.queue].append(row.message_id)
    return found


def _lane_before(session: Session, correlation_id: UUID) -> str:
    before = select(outbox.c.lane).where(
        outbox.c.correlation_id == correlation_id, outbox.c.lane != "", outbox.c.type != RECEIPT
    )
    return session.scalar(before.limit(1)) or ""
