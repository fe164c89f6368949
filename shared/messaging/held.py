"""Rows of the inbox that one transaction has claimed: how they come, fail, and are done."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.messaging.envelope import Envelope
from shared.messaging.failures import Jitter, kind_of, next_try
from shared.messaging.history import headline, note_failure
from shared.messaging.states import Event, State
from shared.messaging.tables import inbox

log = structlog.get_logger(__name__)


@dataclass(kw_only=True)
class Held:
    """A message of the inbox that this transaction has the lock on. `raw` is its envelope as JSON values."""

    id: UUID
    raw: dict[str, Any]
    after: tuple[UUID, ...]
    since: datetime
    is_new: bool = False
    is_replayed: bool = False
    attempts: int = 0


def claim(session: Session, envelopes: Mapping[UUID, Envelope], now: datetime) -> list[Held]:
    """Returns what is to be handled: those that are new or failed before, and what waits about the same."""
    rows = [_row(envelope, now) for envelope in envelopes.values()]
    added = insert(inbox).values(rows).on_conflict_do_nothing().returning(inbox.c.message_id)
    new = set(session.scalars(added))
    held = [_new(envelopes[each], now) for each in new]
    held += [_kept(row) for row in _open_rows(session, envelopes, new)]
    for repeated in envelopes.keys() - {each.id for each in held}:
        log.info("message seen already", message_id=str(repeated))
    return held


def _row(envelope: Envelope, now: datetime) -> dict[str, Any]:
    # Done until it fails: most messages need no second statement.
    return {
        "message_id": envelope.message_id,
        "type": envelope.type,
        "correlation_id": envelope.correlation_id,
        "after": list(envelope.after),
        "state": State.DONE,
        "received_at": now,
        "handled_at": now,
    }


def _new(envelope: Envelope, now: datetime) -> Held:
    return Held(id=envelope.message_id, raw=envelope.to_json(), after=envelope.after, since=now, is_new=True)


def _open_rows(session: Session, envelopes: Mapping[UUID, Envelope], new: set[UUID]) -> Sequence[Row[Any]]:
    failed = (inbox.c.state == State.FAILED) & inbox.c.message_id.in_(envelopes.keys() - new)
    about = {envelope.correlation_id for envelope in envelopes.values()}
    waiting = (inbox.c.state == State.WAITING) & inbox.c.correlation_id.in_(about)
    return session.execute(select(inbox).where(failed | waiting).with_for_update()).all()


def _kept(row: Row[Any]) -> Held:
    # The envelope of the row, not the one that came: operations may have repaired it.
    return Held(
        id=row.message_id,
        raw=row.envelope | {"message_id": str(row.message_id)},
        after=tuple(row.after),
        since=row.replayed_at or row.received_at,
        is_replayed=row.replayed_at is not None,
        attempts=row.attempts,
    )


def states_of(session: Session, ids: Iterable[UUID]) -> dict[UUID, State]:
    """Returns the states of those of these messages that the inbox knows."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = session.execute(select(inbox.c.message_id, inbox.c.state).where(inbox.c.message_id.in_(wanted)))
    return {row.message_id: row.state for row in rows}


def fail(session: Session, one: Held, error: Exception, now: datetime, jitter: Jitter) -> State:
    """Records a failed try and when the next one is due, if one is worth it; returns the new state."""
    kind, attempts = kind_of(error), one.attempts + 1
    due_at = next_try(kind, attempts, one.since, now, jitter)
    state = State.FAILED if due_at else State.DEAD
    change(
        session,
        one.id,
        state=state,
        kind=kind,
        attempts=attempts,
        envelope=one.raw,
        error=headline(error),
        due_at=due_at,
        handled_at=None,
    )
    note_failure(session, one.id, Event.FAILED if due_at else Event.BURIED, error, kind, attempts, now)
    log.warning(
        "message failed", message_id=str(one.id), state=state, kind=kind, attempts=attempts, error=type(error).__name__
    )
    return state


def change(session: Session, message_id: UUID, **values: Any) -> None:
    """Writes these columns of one row."""
    session.execute(update(inbox).where(inbox.c.message_id == message_id).values(**values))


def settle(session: Session, message_ids: Sequence[UUID], now: datetime) -> None:
    """Marks those of these messages that had failed as done."""
    done = {"state": State.DONE, "envelope": None, "error": None, "kind": None, "due_at": None, "handled_at": now}
    had_failed = inbox.c.state.in_([State.FAILED, State.WAITING])
    session.execute(update(inbox).where(inbox.c.message_id.in_(message_ids), had_failed).values(done))


def keep_failed(
    session: Session, envelope: Envelope, error: Exception, now: datetime, jitter: Jitter = random.random
) -> None:
    """Records a failure that the message's own transaction did not survive, or that was an effect's, outside of any.

    It is tried again from the inbox, or dead.
    """
    row = _row(envelope, now) | {"state": State.FAILED, "handled_at": None}
    session.execute(insert(inbox).values(row).on_conflict_do_nothing())
    is_open = inbox.c.state.in_([State.FAILED, State.WAITING])
    kept = session.execute(
        select(inbox).where(inbox.c.message_id == envelope.message_id, is_open).with_for_update()
    ).one_or_none()
    if kept is not None:
        one = _new(envelope, kept.replayed_at or kept.received_at)
        one.attempts = kept.attempts
        fail(session, one, error, now, jitter)
