"""What happened to a message that did not simply succeed: one line each time, kept as long as the message."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from shared.faults import describe
from shared.ids import new_id
from shared.messaging.states import Event, Kind
from shared.messaging.tables import message_history


def headline(error: BaseException) -> str:
    """Returns an error in one line, without people's data."""
    return describe(error).partition("\n")[0]


def note_failure(
    session: Session, message_id: UUID, what: Event, error: BaseException, kind: Kind, attempt: int, now: datetime
) -> None:
    """Adds a failed try, or the one after which the message was buried."""
    note(
        session,
        message_id,
        what,
        now,
        kind=kind,
        attempt=attempt,
        error=headline(error),
        traceback=describe(error),
    )


def note(session: Session, message_id: UUID, what: Event, now: datetime, **columns: Any) -> None:
    """Adds a line; `columns` are those of `message_history`."""
    session.execute(insert(message_history).values(id=new_id(), message_id=message_id, what=what, at=now, **columns))
