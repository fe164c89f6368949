"""Receipts: a subscriber tells the sender what it has, so that the sender's relay knows what the broker lost.

A broker may lose what it took: a worker is killed between taking a message off the queue and saying so, the broker
itself is emptied, killed or fails over. The relay writes on each message where the receipt goes; the worker that has
committed a chunk notes in its own outbox what it had; its relay sends about twice a second what was noted since, all
for one sender in one task; the sender marks the rows. A receipt gets no receipt: one that is lost makes the message
come again, and the inbox drops it.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, delete, func, insert, literal, select, update
from sqlalchemy.orm import Session

from shared.ids import new_id
from shared.messaging.envelope import RECEIPT
from shared.messaging.queues import ALL_QUEUES
from shared.messaging.tables import outbox

_REPLY_TO, _ROW, _ROWS = "reply_to", "outbox_id", "received"
AT_ONCE = 1000


def addressed(envelope: dict[str, Any], row_id: UUID, reply_to: str) -> dict[str, Any]:
    """Returns the envelope with the outbox row that it comes from and the queue that its receipt goes to."""
    return envelope | {_ROW: str(row_id), _REPLY_TO: reply_to}


def is_receipt(raw: Any) -> bool:
    """Whether this is a receipt and no envelope."""
    return isinstance(raw, dict) and isinstance(raw.get(_ROWS), list)


def write(session: Session, chunk: Iterable[Any], now: datetime) -> None:
    """Notes the receipts for a chunk of envelopes.

    What asks for none, such as a message tried again, gets none, nor does what is no envelope.
    """
    received: dict[str, list[str]] = defaultdict(list)
    for one in chunk:
        if isinstance(one, dict) and one.get(_REPLY_TO) in ALL_QUEUES and (row := _readable(one.get(_ROW))):
            received[one[_REPLY_TO]].append(str(row))
    if received:
        session.execute(insert(outbox), [_row(reply_to, rows, now) for reply_to, rows in received.items()])


def _row(reply_to: str, rows: list[str], now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "message_id": new_id(),
        "queue": reply_to,
        "type": RECEIPT,
        "lane": RECEIPT,
        "correlation_id": new_id(),
        "envelope": {_ROWS: rows},
        "written_at": now,
    }


def collect(session: Session) -> dict[str, dict[str, Any]]:
    """Takes up to 1,000 notes out of the outbox and returns them merged: one receipt for each sender's queue."""
    # Their type says what they are; their lane only leads there by way of the index.
    in_lane = (outbox.c.queue.in_(ALL_QUEUES), outbox.c.lane == RECEIPT, outbox.c.sent_at.is_(None))
    noted = (
        select(outbox.c.id)
        .where(*in_lane, outbox.c.type == RECEIPT)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
        .cte("noted")
    )
    taken = delete(outbox).where(outbox.c.id == noted.c.id).returning(outbox.c.queue, outbox.c.envelope)
    merged: dict[str, list[str]] = defaultdict(list)
    for row in session.execute(taken):
        merged[row.queue] += row.envelope[_ROWS]
    return {reply_to: {_ROWS: rows} for reply_to, rows in merged.items()}


def take(session: Session, receipts: Iterable[dict[str, Any]], now: datetime) -> None:
    """Marks the rows that the receipts name as taken.

    In the order of their ids, as the relay locks them, so that neither waits for the other in a circle.
    """
    rows = sorted({row for receipt in receipts for row in map(_readable, receipt[_ROWS]) if row})
    if rows:
        # One array, because a statement takes 65,535 parameters at most.
        is_named = outbox.c.id == any_(literal(rows, ARRAY(Uuid)))
        locked = select(outbox.c.id).where(is_named).order_by(outbox.c.id).with_for_update().cte("locked")
        named = (outbox.c.id == locked.c.id, outbox.c.taken_at.is_(None))
        session.execute(update(outbox).where(*named).values(taken_at=now, sent_at=func.coalesce(outbox.c.sent_at, now)))


def _readable(row: Any) -> UUID | None:
    try:
        return UUID(row)
    except (TypeError, ValueError, AttributeError):
        return None
