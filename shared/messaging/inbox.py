"""Taking messages: each takes effect once, however often it comes, and a bad one fails alone.

A chunk of messages is taken in one transaction, each message under its own savepoint. A message that fails
stays in the inbox with its error and is tried again when it is due; one that can never succeed is dead.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared.contracts import InvalidMessageError, UnknownMessageError
from shared.faults import describe
from shared.ids import new_id
from shared.messaging.envelope import Envelope, MalformedEnvelopeError
from shared.messaging.outbox import HANDLING
from shared.messaging.states import OVER, State
from shared.messaging.tables import inbox

log = structlog.get_logger(__name__)

Handler = Callable[[Session, Any, Envelope, datetime], None]
"""`(session, message, envelope, now)`: calls one use case. Commits nothing."""

MAX_ATTEMPTS = 20
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=10)


class NotYetError(Exception):
    """A message came before the one that it builds on; it is tried again."""


class UnhandledMessageError(LookupError):
    """A queue carried a message that its service has no handler for."""


def pause_after(attempts: int) -> timedelta:
    """Returns how long to wait after that many failed attempts: 1 s, doubled each time, 10 min at most."""
    doubled: timedelta = FIRST_PAUSE * 2 ** max(attempts - 1, 0)
    return min(doubled, LONGEST_PAUSE)


def take(session: Session, handlers: Mapping[str, Handler], raw: Sequence[Any], now: datetime) -> None:
    """Handles a chunk of envelopes (JSON values) inside the caller's transaction.

    They are taken in the order of their ids, so that two workers given the same messages wait for each
    other instead of blocking each other.

    Raises:
        DBAPIError: the database went away; nothing was recorded, and the whole chunk must be given again.
    """
    envelopes = []
    for one in raw:
        try:
            envelopes.append(Envelope.from_json(one))
        except MalformedEnvelopeError as error:
            _bury_malformed(session, one, error, now)
    for envelope in sorted(envelopes, key=lambda envelope: envelope.message_id):
        with structlog.contextvars.bound_contextvars(
            correlation_id=str(envelope.correlation_id), message=envelope.type, message_id=str(envelope.message_id)
        ):
            _take_one(session, handlers, envelope, now)


def _take_one(session: Session, handlers: Mapping[str, Handler], envelope: Envelope, now: datetime) -> None:
    attempts = _claim(session, envelope, now)
    if attempts is None:
        log.info("message seen already")
        return
    try:
        with session.begin_nested():
            session.info[HANDLING] = envelope.message_id
            _handler(handlers, envelope)(session, envelope.message(), envelope, now)
    except Exception as error:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise  # there is no connection to record it on, and the message did nothing wrong
        _record_failure(session, envelope, error, attempts + 1, now)
    else:
        _set(session, envelope.message_id, state=State.DONE, envelope=None, error=None, due_at=None, handled_at=now)
        log.info("message handled")
    finally:
        session.info.pop(HANDLING, None)


def _handler(handlers: Mapping[str, Handler], envelope: Envelope) -> Handler:
    try:
        return handlers[envelope.type]
    except KeyError:
        raise UnhandledMessageError(envelope.type) from None


def _claim(session: Session, envelope: Envelope, now: datetime) -> int | None:
    """Returns the number of attempts so far, or None when the message must not be handled (again)."""
    claimed: int | None = session.execute(
        insert(inbox)
        .values(
            message_id=envelope.message_id,
            type=envelope.type,
            correlation_id=envelope.correlation_id,
            state=State.FAILED,
            received_at=now,
        )
        .on_conflict_do_nothing()
        .returning(inbox.c.attempts)
    ).scalar()
    if claimed is not None:
        return claimed
    seen = session.execute(
        select(inbox.c.state, inbox.c.attempts).where(inbox.c.message_id == envelope.message_id).with_for_update()
    ).one()
    attempts: int = seen.attempts
    return attempts if seen.state == State.FAILED else None


def _record_failure(session: Session, envelope: Envelope, error: Exception, attempts: int, now: datetime) -> None:
    hopeless = isinstance(error, InvalidMessageError | UnknownMessageError | UnhandledMessageError)
    state = State.DEAD if hopeless or attempts >= MAX_ATTEMPTS else State.FAILED
    _set(
        session,
        envelope.message_id,
        state=state,
        attempts=attempts,
        envelope=envelope.to_json(),
        error=describe(error),
        due_at=now + pause_after(attempts) if state == State.FAILED else None,
    )
    log.warning("message failed", state=state.value, attempts=attempts, error=type(error).__name__)


def _set(session: Session, message_id: UUID, **values: Any) -> None:
    session.execute(update(inbox).where(inbox.c.message_id == message_id).values(**values))


def _bury_malformed(session: Session, raw: Any, error: Exception, now: datetime) -> None:
    session.execute(
        insert(inbox).values(
            message_id=new_id(),
            type="(malformed)",
            state=State.DEAD,
            attempts=1,
            envelope={"raw": repr(raw)},
            error=str(error),
            received_at=now,
        )
    )
    log.error("malformed envelope")


def claim_due(session: Session, now: datetime, limit: int) -> list[dict[str, Any]]:
    """Returns the envelopes of failed messages that are due, and puts their next try off.

    The relay sends them to the service's own queue again. If that send is lost, the message is due again later.
    """
    due = session.execute(
        select(inbox.c.message_id, inbox.c.attempts, inbox.c.envelope)
        .where(inbox.c.state == State.FAILED, inbox.c.due_at <= now)
        .order_by(inbox.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in due:
        session.execute(
            update(inbox)
            .where(inbox.c.message_id == row.message_id)
            .values(due_at=now + pause_after(row.attempts + 1) + FIRST_PAUSE * 30)
        )
    return [row.envelope for row in due]


def count_by_state(session: Session) -> dict[str, int]:
    """Returns how many messages are failed, waiting and dead, for operations."""
    counted = select(inbox.c.state, func.count()).where(inbox.c.state.not_in(OVER)).group_by(inbox.c.state)
    return dict(session.execute(counted).all())
