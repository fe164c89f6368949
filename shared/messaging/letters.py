"""What operations read of the messages that did not simply succeed: dead letters first of all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, func, select, tuple_
from sqlalchemy.orm import Session

from shared.messaging import malformed
from shared.messaging.states import Event, Kind, State
from shared.messaging.tables import inbox, message_history

PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which letters are wanted; None means any.

    `received_until` is an instant: how old a letter must be. `correlation_id` is that of all that one role request set
    going.
    """

    type: str | None = None
    kind: Kind | None = None
    correlation_id: UUID | None = None
    received_until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A received message. `error` is its last failure in one line; `envelope` is None once it is done. All in UTC."""

    message_id: UUID
    type: str
    correlation_id: UUID | None
    after: Sequence[UUID]
    state: State
    kind: Kind | None
    attempts: int
    envelope: dict[str, Any] | None
    error: str | None
    received_at: datetime
    replayed_at: datetime | None
    due_at: datetime | None
    handled_at: datetime | None

    @property
    def is_malformed(self) -> bool:
        """Whether it is no envelope; `envelope` is then {"raw": text}."""
        return self.type == malformed.TYPE

    @property
    def content(self) -> Any:
        """What operations may repair: the message's data, or the raw text of what is no envelope."""
        return (self.envelope or {}).get("raw" if self.is_malformed else "data")


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a letter's history. `by` is a person; `envelope` of a repair holds both, "before" and "after"."""

    at: datetime
    what: Event
    by: str | None
    kind: Kind | None
    attempt: int | None
    error: str | None
    traceback: str | None
    reason: str | None
    envelope: dict[str, Any] | None


def find_dead(session: Session, wanted: Filter, limit: int, older_than: UUID | None = None) -> list[Letter]:
    """Returns dead letters, the newest first; `older_than` is the last one of the page before."""
    rows = select(inbox).where(*_conditions(wanted))
    if older_than:
        place = select(inbox.c.received_at, inbox.c.message_id).where(inbox.c.message_id == older_than)
        rows = rows.where(tuple_(inbox.c.received_at, inbox.c.message_id) < place.scalar_subquery())
    newest = rows.order_by(inbox.c.received_at.desc(), inbox.c.message_id.desc()).limit(limit)
    return _letters(session, newest)


def ids_of_dead(session: Session, wanted: Filter) -> list[UUID]:
    """Returns the ids of all dead letters that are wanted, the oldest first."""
    return list(session.scalars(select(inbox.c.message_id).where(*_conditions(wanted)).order_by(inbox.c.received_at)))


def count_dead(session: Session, wanted: Filter | None = None) -> int:
    """Returns how many dead letters there are."""
    return session.scalar(select(func.count()).select_from(inbox).where(*_conditions(wanted or Filter()))) or 0


def types_of_dead(session: Session) -> list[str]:
    """Returns the types of which there are dead letters, in alphabetical order."""
    return list(session.scalars(select(inbox.c.type).where(inbox.c.state == State.DEAD).distinct().order_by("type")))


def find(session: Session, message_id: UUID) -> Letter | None:
    """Returns a received message, dead or not, or None when the inbox has none of that id (any more)."""
    row = session.execute(select(inbox).where(inbox.c.message_id == message_id)).mappings().first()
    return as_letter(row) if row else None


def find_many(session: Session, message_ids: Sequence[UUID]) -> list[Letter]:
    """Returns those of these messages that the inbox has, the newest first."""
    wanted = select(inbox).where(inbox.c.message_id.in_(message_ids))
    return _letters(session, wanted.order_by(inbox.c.received_at.desc()))


def history_of(session: Session, message_id: UUID) -> list[Line]:
    """Returns what happened to a message, in order."""
    lines = select(message_history).where(message_history.c.message_id == message_id).order_by(message_history.c.id)
    return [Line(**_only(row, Line)) for row in session.execute(lines).mappings()]


def waiting_behind(session: Session, letter: Letter) -> list[Letter]:
    """Returns the messages that wait until this one is over, itself or through one that waits for it, in order."""
    if letter.correlation_id is None:
        return []
    same = (inbox.c.state == State.WAITING) & (inbox.c.correlation_id == letter.correlation_id)
    waiting = _letters(session, select(inbox).where(same).order_by(inbox.c.message_id))
    return list(_behind({letter.message_id}, waiting))


def _behind(before: set[UUID], waiting: list[Letter]) -> Iterator[Letter]:
    # Ids sort by the time of writing, so that what a message comes after stands before it.
    for one in waiting:
        if before & set(one.after):
            before.add(one.message_id)
            yield one


def open_in(session: Session, state: State, limit: int) -> list[Letter]:
    """Returns messages in a state, those that came first in front."""
    return _letters(session, select(inbox).where(inbox.c.state == state).order_by(inbox.c.received_at).limit(limit))


def as_letter(row: RowMapping) -> Letter:
    """Returns a row of the inbox as a letter."""
    return Letter(**_only(row, Letter))


def _letters(session: Session, rows: Select[Any]) -> list[Letter]:
    return [as_letter(row) for row in session.execute(rows).mappings()]


def _only(row: RowMapping, kind: type[Any]) -> dict[str, Any]:
    return {field.name: row[field.name] for field in fields(kind)}


def _conditions(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    yield inbox.c.state == State.DEAD
    if wanted.type:
        yield inbox.c.type == wanted.type
    if wanted.kind:
        yield inbox.c.kind == wanted.kind
    if wanted.correlation_id:
        yield inbox.c.correlation_id == wanted.correlation_id
    if wanted.received_until:
        yield inbox.c.received_at <= wanted.received_until
