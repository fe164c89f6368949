"""Receipts: a subscriber tells the sender what it has, so that the sender's relay knows what the broker lost.

A broker may lose what it took: a worker is killed between taking a message off the queue and saying so, the broker
itself is killed or fails over. The relay writes on each message where the receipt goes; the worker that has dealt with
a chunk writes one receipt for it into its own outbox; the sender marks the rows. A receipt gets no receipt: one that is
lost makes the message come again, and the inbox drops it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text, update
from sqlalchemy.orm import Session

from shared.ids import new_id
from shared.messaging.outbox import CHANNEL
from shared.messaging.tables import outbox

TYPE = "(receipt)"
_REPLY_TO, _QUEUE, _IDS = "reply_to", "queue", "received"


def addressed(envelope: dict[str, Any], queue: str, reply_to: str) -> dict[str, Any]:
    """Returns the envelope with the queue that it goes to and the one that its receipt goes to."""
    return envelope | {_QUEUE: queue, _REPLY_TO: reply_to}


def is_receipt(raw: Any) -> bool:
    """Whether this is a receipt and no envelope."""
    return isinstance(raw, dict) and _IDS in raw


def write(session: Session, chunk: Iterable[Any], now: datetime) -> None:
    """Stores the receipts for a chunk of envelopes.

    What asks for none, such as a message tried again, gets none, nor does what is no envelope.
    """
    received: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for one in chunk:
        if isinstance(one, dict) and {_REPLY_TO, _QUEUE, "message_id", "correlation_id"} <= set(one):
            received[one[_REPLY_TO], one[_QUEUE]].append(one)
    if received:
        session.execute(insert(outbox), [_row(*where, envelopes, now) for where, envelopes in received.items()])
        session.execute(text(f"NOTIFY {CHANNEL}"))


def _row(reply_to: str, queue: str, envelopes: Sequence[dict[str, Any]], now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "message_id": new_id(),
        "queue": reply_to,
        "type": TYPE,
        "correlation_id": UUID(envelopes[0]["correlation_id"]),
        "envelope": {_QUEUE: queue, _IDS: [one["message_id"] for one in envelopes]},
        "written_at": now,
    }


def take(session: Session, receipts: Iterable[dict[str, Any]], now: datetime) -> None:
    """Marks what the receipts name as taken."""
    for receipt in receipts:
        ids = [UUID(each) for each in receipt[_IDS]]
        session.execute(
            update(outbox)
            .where(outbox.c.message_id.in_(ids), outbox.c.queue == receipt[_QUEUE], outbox.c.taken_at.is_(None))
            .values(taken_at=now)
        )
