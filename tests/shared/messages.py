"""Messages for tests, and handlers that fail when they are told to."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.contracts import RequestWithdrawn
from shared.db import Database
from shared.ids import new_id
from shared.messaging import inbox
from shared.messaging.envelope import Envelope
from shared.messaging.tables import inbox as inbox_table

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


class FaultError(Exception):
    """What a broken handler raises."""


def withdrawn() -> RequestWithdrawn:
    return RequestWithdrawn(request_id=new_id(), withdrawn_at=NOW)


def enveloped(message: RequestWithdrawn | None = None) -> dict[str, Any]:
    return Envelope.around(message or withdrawn(), correlation_id=new_id(), cause=None, now=NOW).to_json()


def state_of(database: Database, envelope: dict[str, Any]) -> str | None:
    with database.reading() as session:
        return session.execute(
            select(inbox_table.c.state).where(inbox_table.c.message_id == envelope["message_id"])
        ).scalar()


def take(database: Database, handler: inbox.Handler, raw: list[Any], now: datetime = NOW) -> None:
    with database.transaction() as session:
        inbox.take(session, {"RequestWithdrawn": handler}, raw, now)


class Recorder:
    """A handler that keeps what it was given."""

    def __init__(self, *, fails: int = 0) -> None:
        self.seen: list[RequestWithdrawn] = []
        self.fails = fails

    def __call__(self, session: Session, message: RequestWithdrawn, envelope: Envelope, now: datetime) -> None:
        if self.fails:
            self.fails -= 1
            raise FaultError("not today")
        self.seen.append(message)
