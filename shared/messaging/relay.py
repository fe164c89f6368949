"""The relay: the only process part that talks to the broker. It moves committed outbox rows to the queues.

Woken by LISTEN/NOTIFY; claims rows with FOR UPDATE SKIP LOCKED, so that any number of copies may run; sends many
messages of one queue as one task, because a Celery task costs far more than a message. The rows are marked
sent after the broker took them: a crash in between sends them again, which the inbox makes harmless. What the broker
took and no subscriber has after two minutes, although the queue is empty, was lost there and is sent again.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from celery import Celery
from kombu.exceptions import KombuError, OperationalError
from psycopg import Connection
from redis.exceptions import RedisError
from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared.clock import utc_now
from shared.db import Database
from shared.messaging import inbox, receipts
from shared.messaging.broker import TASK
from shared.messaging.outbox import CHANNEL
from shared.messaging.tables import outbox
from shared.messaging.trimming import trim

log = structlog.get_logger(__name__)

Sweep = Callable[[Session, datetime], None]
"""`(session, now)`: finds what is due in the service's own rows and writes messages about it."""

BATCH = 200
CHUNK = 20
IDLE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
LOST_AFTER = timedelta(minutes=2)
LOST_AT_LAST = timedelta(minutes=30)
"""Longer than the broker waits before it gives out again what a killed worker held."""
TRIM_EVERY = timedelta(minutes=1)
FAULTS = (DBAPIError, OperationalError, KombuError, RedisError, OSError)


class Relay:
    """Moves one service's outbox to the broker until it is told to stop."""

    def __init__(self, database: Database, app: Celery, own_queue: str, sweeps: Sequence[Sweep] = ()) -> None:
        self._database = database
        self._app = app
        self._own_queue = own_queue
        self._sweeps = sweeps
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Asks `run` to return after the batch in hand. Safe in a signal handler."""
        self._stopping.set()

    def run(self, ready: Callable[[], None]) -> None:
        """Works until `stop`; a database or broker that is away is tried again with growing pauses."""
        pause = IDLE_SECONDS
        while not self._stopping.is_set():
            try:
                with self._listening() as connection:
                    ready()
                    pause = IDLE_SECONDS
                    self._work(connection)
            except FAULTS as error:
                log.warning("relay pauses", seconds=pause, error=type(error).__name__)
                self._stopping.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _listening(self) -> Connection[Any]:
        url = self._database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = Connection.connect(url, autocommit=True, connect_timeout=5)
        connection.execute(f"LISTEN {CHANNEL}")
        return connection

    def _work(self, connection: Connection[Any]) -> None:
        next_sweep = next_trim = utc_now()
        while not self._stopping.is_set():
            now = utc_now()
            if now >= next_sweep:
                self.sweep(now)
                next_sweep = now + timedelta(seconds=IDLE_SECONDS)
            if now >= next_trim:
                self.trim(now)
                next_trim = now + TRIM_EVERY
            if self.send_batch(now) < BATCH:
                for _ in connection.notifies(timeout=IDLE_SECONDS, stop_after=1):
                    pass

    def sweep(self, now: datetime) -> None:
        """Runs the service's sweeps, each in its own transaction, and sends due failed messages again."""
        for sweep in self._sweeps:
            with self._database.transaction() as session:
                sweep(session, now)
        with self._database.transaction() as session:
            self._send(self._own_queue, inbox.claim_due(session, now, BATCH))
        self.send_lost(now)

    def trim(self, now: datetime) -> None:
        """Forgets old messages, a batch at a time."""
        with self._database.transaction() as session:
            trim(session, now)

    def send_batch(self, now: datetime) -> int:
        """Sends up to 200 unsent outbox rows and marks them; returns how many."""
        with self._database.transaction() as session:
            rows = _claim(session, outbox.c.sent_at.is_(None))
            self._send_rows(session, rows, now)
        return len(rows)

    def send_lost(self, now: datetime) -> int:
        """Sends again up to 200 messages that were lost in the broker; returns how many.

        Those whose queue is not empty wait there, and while our own queue is not empty their receipts may wait in it:
        copies would only make the wait longer. After half an hour they are sent again all the same, because a queue
        that is always busy must not hide a loss.
        """
        overdue = (outbox.c.sent_at < now - LOST_AFTER, outbox.c.taken_at.is_(None))
        with self._database.transaction() as session:
            queues = session.scalars(select(outbox.c.queue).where(*overdue).distinct()).all()
            if not queues:
                return 0
            idle = self._is_drained(self._own_queue)
            drained = [queue for queue in queues if idle and self._is_drained(queue)]
            long_ago = outbox.c.sent_at < now - LOST_AT_LAST
            lost = _claim(session, *overdue, or_(outbox.c.queue.in_(drained), long_ago))
            self._send_rows(session, lost, now)
        if lost:
            log.warning("messages sent again", messages=len(lost))
        return len(lost)

    def _is_drained(self, queue: str) -> bool:
        with self._app.connection_or_acquire() as connection:
            return bool(connection.default_channel.queue_declare(queue).message_count == 0)

    def _send_rows(self, session: Session, rows: Sequence[Any], now: datetime) -> None:
        by_queue: dict[str, list[Any]] = defaultdict(list)
        for row in rows:
            by_queue[row.queue].append(row)
        for queue, waiting in by_queue.items():
            self._send(queue, [self._on_its_way(row) for row in waiting])
        ids = [row.id for row in rows]
        taken = [row.id for row in rows if row.type == receipts.TYPE]
        session.execute(update(outbox).where(outbox.c.id.in_(ids)).values(sent_at=now))
        session.execute(update(outbox).where(outbox.c.id.in_(taken)).values(taken_at=now))

    def _on_its_way(self, row: Any) -> Any:
        if row.type == receipts.TYPE:
            return row.envelope
        return receipts.addressed(row.envelope, row.queue, self._own_queue)

    def _send(self, queue: str, envelopes: list[Any]) -> None:
        for start in range(0, len(envelopes), CHUNK):
            self._app.send_task(TASK, args=[envelopes[start : start + CHUNK]], queue=queue, retry=False)


def _claim(session: Session, *conditions: ColumnElement[bool]) -> Sequence[Any]:
    return session.execute(
        select(outbox.c.id, outbox.c.queue, outbox.c.type, outbox.c.envelope)
        .where(*conditions)
        .order_by(outbox.c.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
