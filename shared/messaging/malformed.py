"""What came over a queue and is no envelope: kept as a dead letter, once, however often it comes."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.messaging.history import headline, note_failure
from shared.messaging.states import Event, Kind, State
from shared.messaging.tables import inbox

log = structlog.get_logger(__name__)

TYPE = "(malformed)"
_NAMESPACE = UUID("6c0f2f6e-0b1c-5a53-9b5f-0d7a4f6c2a11")


def bury(session: Session, raw: Any, error: Exception, now: datetime) -> None:
    """Stores a dead letter whose `envelope` is `{"raw": <its JSON as text>}`; the same content is stored once."""
    text = _text(raw)
    message_id = uuid5(_NAMESPACE, text)
    stored = session.scalar(
        insert(inbox)
        .values(
            message_id=message_id,
            type=TYPE,
            correlation_id=_correlation_id(raw),
            state=State.DEAD,
            kind=Kind.POISON,
            attempts=1,
            envelope={"raw": text},
            error=headline(error),
            received_at=now,
        )
        .on_conflict_do_nothing()
        .returning(inbox.c.message_id)
    )
    if stored is not None:
        note_failure(session, message_id, Event.BURIED, error, Kind.POISON, 1, now)
        log.error("malformed envelope", message_id=str(message_id))


def _text(raw: Any) -> str:
    try:
        return json.dumps(raw, sort_keys=True, default=repr)
    except RecursionError:
        return '"nested too deeply to be kept"'


def _correlation_id(raw: Any) -> UUID | None:
    """Returns what it belongs to, if that much can be read."""
    try:
        return UUID(raw["correlation_id"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
