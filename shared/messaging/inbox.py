"""Taking messages: each takes effect once, in the order of writing, and a bad one fails alone.

A chunk of messages is taken in one transaction, each message under its own savepoint. One that fails stays in the inbox
with its error and is tried again when it is due, or is dead when that is hopeless. One that was written after another
about the same waits in the inbox until that one is over, and is then taken in the same transaction.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Integer, func, select, true, update
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from shared.contracts import InvalidMessageError, Message, UnknownMessageError
from shared.locks import Lock
from shared.messaging import malformed
from shared.messaging.envelope import Envelope, MalformedEnvelopeError
from shared.messaging.failures import POLICIES, Jitter, UnhandledMessageError, lost_connection
from shared.messaging.failures import NotYetError as NotYetError
from shared.messaging.held import Held, change, claim, fail, states_of
from shared.messaging.held import keep_failed as keep_failed
from shared.messaging.held import settle as settle
from shared.messaging.outbox import HANDLING
from shared.messaging.states import OVER, Kind, State
from shared.messaging.tables import inbox

log = structlog.get_logger(__name__)

Handler = Callable[[Session, Any, Envelope, datetime], None]
"""`(session, message, envelope, now)`: calls one use case. Commits nothing."""

Prepare = Callable[[Session, Sequence[Message]], None]
"""`(session, messages)`: takes the locks that handling these messages will want, before any of them is handled, because
locks that one handler after the other takes can be waited for in a circle."""

LOOK_AGAIN = timedelta(minutes=10)
"""How often a waiting message makes sure that it was not forgotten."""
HANDED_OUT = timedelta(seconds=30)
"""How long a message that is tried again may be on its way through the broker before it counts as lost there."""

DUE_AT_LAST = timedelta(minutes=10)
"""How long what is due waits for its queue to be empty."""


def take(
    session: Session,
    handlers: Mapping[str, Handler],
    raw: Sequence[Any],
    now: datetime,
    *,
    jitter: Jitter = random.random,
    is_late: Callable[[], bool] = lambda: False,
    prepare: Prepare | None = None,
) -> None:
    """Handles a chunk of envelopes (JSON values) inside the caller's transaction.

    What is not begun when `is_late` says so stays in the inbox and is due at once.

    Raises:
        DBAPIError: the database went away; nothing was recorded, and the whole chunk must be given again.
    """
    envelopes = _read(session, raw, now)
    if envelopes:
        _lock(session, {envelope.correlation_id for envelope in envelopes.values()})
        held = claim(session, envelopes, now)
        if held and prepare:
            prepare(session, list(_messages(held)))
        _Taking(session, handlers, now, jitter).run(held, is_late)


def _messages(held: Iterable[Held]) -> Iterator[Message]:
    """Yields those that can be read; each of the others fails alone, later."""
    for one in held:
        with suppress(MalformedEnvelopeError, InvalidMessageError, UnknownMessageError):
            yield Envelope.from_json(one.raw).message()


def _read(session: Session, raw: Sequence[Any], now: datetime) -> dict[UUID, Envelope]:
    """Returns the readable envelopes by message id, in the order of writing, and buries the rest."""
    read = {}
    for one in raw:
        try:
            envelope = Envelope.from_json(one)
            read[envelope.message_id] = envelope
        except MalformedEnvelopeError as error:
            malformed.bury(session, one, error, now)
    return dict(sorted(read.items()))


def keep_unhandled(session: Session, one: Any, error: Exception, now: datetime) -> None:
    """Records that taking this alone failed with its whole transaction: it is tried again, or dead, by its failure."""
    try:
        keep_failed(session, Envelope.from_json(one), error, now)
    except MalformedEnvelopeError:
        malformed.bury(session, one, error, now)


def _lock(session: Session, correlation_ids: set[UUID]) -> None:
    """Lets no other transaction take messages about the same until this one ends.

    Otherwise a message could be stored as waiting while the one that it waits for ends unseen in another transaction,
    and nobody would wake it. Everybody takes these locks before any row, all at once and in order, so that nobody waits
    in a circle.
    """
    keys = sorted({int.from_bytes(each.bytes[12:], signed=True) for each in correlation_ids})
    key = func.unnest(array(keys, type_=Integer)).column_valued("key")
    session.execute(select(func.pg_advisory_xact_lock(Lock.ORDER.value, key)))


class _Taking:
    """Handles what a transaction has claimed, each message when those that it comes after are over."""

    def __init__(self, session: Session, handlers: Mapping[str, Handler], now: datetime, jitter: Jitter) -> None:
        self._session = session
        self._handlers = handlers
        self._now = now
        self._jitter = jitter
        self._known: dict[UUID, State] = {}

    def run(self, held: Sequence[Held], is_late: Callable[[], bool]) -> None:
        """Handles all that may go; the end of one may let others go. The rest waits."""
        pending = {each.id: each for each in sorted(held, key=lambda each: each.id)}
        before = {each for one in held for each in one.after}
        self._known = states_of(self._session, before) | dict.fromkeys(pending, State.WAITING)
        while ready := [each for each in pending.values() if self._may_go(each)]:
            for one in ready:
                if is_late():
                    return self._leave(pending.values(), due_at=self._now)
                del pending[one.id]
                self._known[one.id] = self._handle(one)
        return self._leave(pending.values(), due_at=self._now + LOOK_AGAIN)

    def _may_go(self, one: Held) -> bool:
        # Who replays a message that waits for one that never came, decides that it need not come.
        return all(self._known[each] in OVER if each in self._known else one.is_replayed for each in one.after)

    def _handle(self, one: Held) -> State:
        try:
            envelope = Envelope.from_json(one.raw)
            with structlog.contextvars.bound_contextvars(
                correlation_id=str(envelope.correlation_id), message=envelope.type, message_id=str(one.id)
            ):
                self._call(envelope)
        except Exception as error:
            if lost_connection(error):
                raise  # there is no connection to record it on, and the message did nothing wrong
            return fail(self._session, one, error, self._now, self._jitter)
        if not one.is_new:
            settle(self._session, [one.id], self._now)
        return State.DONE

    def _call(self, envelope: Envelope) -> None:
        message = envelope.message()
        handler = self._handlers.get(envelope.type)
        if handler is None:
            raise UnhandledMessageError(envelope.type)
        self._session.info[HANDLING] = envelope
        try:
            with self._session.begin_nested():
                handler(self._session, message, envelope, self._now)
        finally:
            del self._session.info[HANDLING]
        log.info("message handled")

    def _leave(self, waiting: Iterable[Held], due_at: datetime) -> None:
        for one in waiting:
            missing = [str(each) for each in one.after if each not in self._known]
            if missing and POLICIES[Kind.NOT_YET].is_exhausted(one.attempts, self._now - one.since):
                error = NotYetError(f"written after {', '.join(missing)}, which did not come")
                fail(self._session, one, error, self._now, self._jitter)
            else:
                change(self._session, one.id, state=State.WAITING, envelope=one.raw, due_at=due_at, handled_at=None)


_TRIED_AGAIN = inbox.c.state.in_([State.FAILED, State.WAITING])


def types_due(session: Session, now: datetime) -> Sequence[str]:
    """Returns the types of the failed and waiting messages that are due."""
    return session.scalars(select(inbox.c.type).where(_TRIED_AGAIN, inbox.c.due_at <= now).distinct()).all()


def claim_due(
    session: Session,
    now: datetime,
    limit: int,
    *,
    types: Sequence[str] | None = None,
    due_until: datetime | None = None,
) -> list[dict[str, Any]]:
    """Returns the envelopes of failed and waiting messages that are due, and puts their next turn off for a while.

    The relay sends them to the service's own queue again. If that send is lost, they are due again after the while.
    `types` are those that are wanted, all by default; `due_until` is when they were due at the latest, now by default.
    """
    wanted = true() if types is None else inbox.c.type.in_(types)
    due = (
        select(inbox.c.message_id)
        .where(_TRIED_AGAIN, wanted, inbox.c.due_at <= (due_until or now))
        .order_by(inbox.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    claimed = session.execute(
        update(inbox)
        .where(inbox.c.message_id == due.c.message_id)
        .values(due_at=now + HANDED_OUT)
        .returning(inbox.c.message_id, inbox.c.envelope)
    ).all()
    return [row.envelope | {"message_id": str(row.message_id)} for row in sorted(claimed)]


def release(session: Session, correlation_ids: set[UUID], now: datetime) -> None:
    """Lets what waits about the same be looked at at once: what it comes after is about to be closed.

    Call it once, for all that is to be closed, and before those rows are changed: locks are taken in the same order
    everywhere.
    """
    if not correlation_ids:
        return
    _lock(session, correlation_ids)
    waiting = (inbox.c.state == State.WAITING) & inbox.c.correlation_id.in_(correlation_ids)
    session.execute(update(inbox).where(waiting).values(due_at=now))


def count_by_state(session: Session) -> dict[State, int]:
    """Returns how many messages are failed, waiting and dead, for operations."""
    counted = select(inbox.c.state, func.count()).where(inbox.c.state.not_in(OVER)).group_by(inbox.c.state)
    return dict(session.execute(counted).all())
