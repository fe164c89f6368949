"""The one Celery task: it receives a chunk of envelopes and gives them to the inbox."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from celery import Celery
from celery.exceptions import Reject
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.clock import utc_now
from shared.contracts import InvalidMessageError, UnknownMessageError
from shared.db import Database
from shared.messaging import inbox, receipts
from shared.messaging.broker import CHUNK_BUDGET_SECONDS, TASK
from shared.messaging.envelope import Envelope, MalformedEnvelopeError
from shared.messaging.failures import kind_of, lost_connection
from shared.messaging.states import Kind

log = structlog.get_logger(__name__)

Effect = Callable[[Sequence[dict[str, Any]]], None]
"""Handles envelopes (JSON values) of one type outside any transaction, because what it does cannot be rolled
back (SMTP). It guards its own rows against being done twice, and itself against being called from several threads."""

PAUSE_WITHOUT_DATABASE_SECONDS = 1.0
MOST_AT_ONCE = 100
"""Five times what a relay of ours sends as one: each message takes a lock, and a database has so many."""


def register(
    app: Celery,
    database: Database,
    handlers: Mapping[str, inbox.Handler],
    effects: Mapping[str, Effect],
    prepare: inbox.Prepare | None = None,
) -> None:
    """Makes the app receive messages for these handlers and effects."""

    # Not shared: a task belongs to the app whose database it writes to, never to another in the same process.
    @app.task(name=TASK, shared=False)
    def receive(raw: list[Any]) -> None:
        try:
            for start in range(0, len(raw), MOST_AT_ONCE):
                receive_chunk(database, handlers, effects, raw[start : start + MOST_AT_ONCE], prepare)
        except (DBAPIError, PoolTimeoutError) as error:
            if not _is_away(error):
                raise  # it would fail for ever: Celery drops the chunk and tells, and who sent it sends it again
            # Without the database nothing can be recorded. The chunk goes back to the queue whole; the inbox
            # makes that harmless.
            log.warning("database not usable, chunk goes back", error=type(error).__name__)
            time.sleep(PAUSE_WITHOUT_DATABASE_SECONDS)
            raise Reject(str(type(error).__name__), requeue=True) from error


def receive_chunk(
    database: Database,
    handlers: Mapping[str, inbox.Handler],
    effects: Mapping[str, Effect],
    raw: Sequence[Any],
    prepare: inbox.Prepare | None = None,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Handles a chunk: what can be rolled back in one transaction with its receipt, the rest outside of any.

    When that transaction fails as a whole, each message gets one of its own, so that one of them fails alone.

    What is not begun when the time budget of a chunk is spent is left: messages in the inbox, effects with their
    sender, whose relay sends them again.
    """
    until = clock() + CHUNK_BUDGET_SECONDS
    arrived = [one for one in raw if receipts.is_receipt(one)]
    outside = [(one, envelope) for one in raw if (envelope := _outside(one, effects))]
    aside = [*arrived, *(one for one, _ in outside)]
    inside = [one for one in raw if not any(one is other for other in aside)]

    def take(some: Sequence[Any]) -> None:
        now = utc_now()
        with database.transaction() as session:
            receipts.take(session, [one for one in some if receipts.is_receipt(one)], now)
            messages = [one for one in some if not receipts.is_receipt(one)]
            inbox.take(session, handlers, messages, now, is_late=lambda: clock() > until, prepare=prepare)
            receipts.write(session, messages, now)

    _take(database, take, [*arrived, *inside])
    for one, envelope in outside:
        if clock() <= until:
            _affect(database, effects[envelope.type], one, envelope)


def _take(database: Database, take: Callable[[Sequence[Any]], None], chunk: Sequence[Any]) -> None:
    try:
        take(chunk)
    except Exception as error:
        if _is_away(error):
            raise
        log.exception("chunk failed, its messages are taken one by one")
        for one in chunk:
            _take_alone(database, take, one)


def _take_alone(database: Database, take: Callable[[Sequence[Any]], None], one: Any) -> None:
    try:
        take([one])
    except Exception as error:
        if _is_away(error) or receipts.is_receipt(one):
            raise
        now = utc_now()
        with database.transaction() as session:
            receipts.write(session, [one], now)
            inbox.keep_unhandled(session, one, error, now)


def _is_away(error: Exception) -> bool:
    """Whether the database cannot be used now: nothing can be recorded, and the same may succeed later."""
    is_databases = isinstance(error, DBAPIError | PoolTimeoutError)
    return is_databases and (kind_of(error) is Kind.TEMPORARY or lost_connection(error))


def _outside(one: Any, effects: Mapping[str, Effect]) -> Envelope | None:
    """Returns the envelope of a message for an effect; what cannot be read is the inbox's, which buries it."""
    if not effects:
        return None
    try:
        envelope = Envelope.from_json(one)
        envelope.message()
    except (MalformedEnvelopeError, InvalidMessageError, UnknownMessageError):
        return None
    return envelope if envelope.type in effects else None


def _affect(database: Database, effect: Effect, one: dict[str, Any], envelope: Envelope) -> None:
    """Lets an effect take place, and notes its receipt, or its failure in the inbox."""
    failure = None
    try:
        effect([one])
    except Exception as error:
        if isinstance(error, DBAPIError | PoolTimeoutError):
            raise  # nothing can be recorded
        failure = error
    now = utc_now()
    with database.transaction() as session:
        receipts.write(session, [one], now)
        if failure is None:
            inbox.settle(session, [envelope.message_id], now)
        else:
            inbox.keep_failed(session, envelope, failure, now)
