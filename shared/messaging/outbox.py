"""Writing messages: in the same transaction as the rows that they tell of."""

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from shared.contracts import SUBSCRIBERS, Message
from shared.ids import new_id
from shared.messaging.envelope import Envelope
from shared.messaging.tables import outbox

log = structlog.get_logger(__name__)

CHANNEL = "outbox"
HANDLING = "messaging.handling"
"""Key in `Session.info` under which the inbox keeps the id of the message being handled."""


def publish(session: Session, message: Message, *, correlation_id: UUID, now: datetime) -> Envelope:
    """Stores a message for each of its subscribers; the relay sends it once the transaction has committed.

    The cause is the message that this session is handling, if any. PostgreSQL folds the notifications of one
    transaction into one, so that the relay wakes once.

    Raises:
        InvalidMessageError: the message does not fit its schema; nothing was written.
    """
    cause: UUID | None = session.info.get(HANDLING)
    envelope = Envelope.around(message, correlation_id=correlation_id, cause=cause, now=now)
    rows = [_row(envelope, queue) for queue in SUBSCRIBERS[type(message)]]
    session.execute(insert(outbox), rows)
    session.execute(text(f"NOTIFY {CHANNEL}"))
    # In a web request this line also has its request id: it ties the form to everything that follows from it.
    log.info(
        "message written",
        type=envelope.type,
        message_id=str(envelope.message_id),
        correlation_id=str(correlation_id),
    )
    return envelope


def _row(envelope: Envelope, queue: str) -> dict[str, object]:
    return {
        "id": new_id(),
        "message_id": envelope.message_id,
        "queue": queue,
        "type": envelope.type,
        "correlation_id": envelope.correlation_id,
        "envelope": envelope.to_json(),
        "written_at": envelope.written_at,
    }
