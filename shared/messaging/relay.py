"""The relay: the only process part that talks to the broker. It moves committed outbox rows to the queues.

Woken by LISTEN/NOTIFY; any number of copies may run. It sends many messages of one queue as one task and marks the rows
after the broker took them: a crash in between sends them again, which the inbox makes harmless. A row is finished when
its subscriber's receipt has come; until then it is sent again: at once when the broker has lost its memory, else after
growing pauses.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from celery import Celery
from kombu.exceptions import KombuError, OperationalError
from psycopg import Connection
from psycopg import Error as PostgresError
from redis.exceptions import RedisError
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from shared.clock import utc_now
from shared.db import CONNECTION_OPTIONS, Database
from shared.messaging import claims, inbox, receipts
from shared.messaging.broker import TASK
from shared.messaging.claims import BATCH
from shared.messaging.failures import kind_of
from shared.messaging.glance import EVERYTHING, Glance, glance
from shared.messaging.memory import memory_of
from shared.messaging.outbox import CHANNEL
from shared.messaging.queues import queue_of, traffic
from shared.messaging.states import Kind
from shared.messaging.tables import outbox
from shared.messaging.trimming import AT_ONCE, TRIMS

log = structlog.get_logger(__name__)

Sweep = Callable[[Session, datetime], None]
"""`(session, now)`: finds what is due in the service's own rows and writes messages about it."""

IDLE_SECONDS = 1.0
RECEIPTS_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0
TRIM_EVERY = timedelta(minutes=1)
KNOCK_EVERY = timedelta(seconds=5)
OFTEN = 5
"""From so many sends on, one that goes on is worth an operator's look."""
# Whatever a database or a broker that is away, full or not taking writes answers with: RedisError has the broker's own
# refusals (OOM, MISCONF, READONLY, LOADING) among its subclasses.
FAULTS = (DBAPIError, PoolTimeoutError, PostgresError, OperationalError, KombuError, RedisError, OSError)


class Relay:
    """Moves one service's outbox to the broker until it is told to stop."""

    def __init__(self, database: Database, app: Celery, own_queue: str, sweeps: Sequence[Sweep] = ()) -> None:
        self._database = database
        self._app = app
        self._own_queue = own_queue
        self._sweeps = sweeps
        self._memory = memory_of(app, own_queue)
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Asks `run` to return after the batch in hand. Safe in a signal handler."""
        self._stopping.set()

    def run(self, ready: Callable[[], None]) -> None:
        """Works until `stop`; a database or broker that is away or full is tried again with growing pauses."""
        pause = IDLE_SECONDS
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                with self._listening() as connection:
                    ready()
                    self._work(connection)
            except FAULTS as error:
                # One that failed after it worked for a while is a new trouble, not more of the last.
                pause = IDLE_SECONDS if time.monotonic() - started > LONGEST_PAUSE_SECONDS else pause
                log.warning("relay pauses", seconds=pause, error=type(error).__name__)
                self._stopping.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _listening(self) -> Connection[Any]:
        url = self._database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = Connection.connect(url, autocommit=True, connect_timeout=5, options=CONNECTION_OPTIONS)
        connection.execute(f"LISTEN {CHANNEL}")
        return connection

    def _work(self, connection: Connection[Any]) -> None:
        next_sweep = next_trim = next_knock = utc_now()
        while not self._stopping.is_set():
            now = utc_now()
            there = glance(connection, now)
            sent = self.send_batch(now) if there.unsent else 0
            if now >= next_sweep:
                self.sweep(now, there)
                next_sweep = now + timedelta(seconds=IDLE_SECONDS)
            if now >= next_knock:
                # Whoever has nothing to send shall know all the same that the broker is away.
                self._memory.present()
                next_knock = now + KNOCK_EVERY
            if now >= next_trim and not self.trim(now):
                next_trim = now + TRIM_EVERY
            if sent < BATCH:
                self._rest(connection)

    def _rest(self, connection: Connection[Any]) -> None:
        """Waits until something is written, and twice a second sends the receipts noted since."""
        for _ in range(round(IDLE_SECONDS / RECEIPTS_SECONDS)):
            if glance(connection, utc_now()).unsent:
                self.send_receipts()
            if any(True for _ in connection.notifies(timeout=RECEIPTS_SECONDS, stop_after=1)):
                return

    def sweep(self, now: datetime, there: Glance = EVERYTHING) -> None:
        """Sends again what is due or was lost, and runs the service's sweeps, each in its own transaction."""
        if there.unsent:
            self.send_receipts()
        if there.due:
            self.send_due(now)
        if there.on_their_way:
            self.send_forgotten(now)
            self.send_overdue(now)
        for sweep in self._sweeps:
            self._run(sweep, now)

    def _run(self, sweep: Sweep, now: datetime) -> None:
        try:
            with self._database.transaction() as session:
                sweep(session, now)
        except Exception as error:
            if isinstance(error, FAULTS) and kind_of(error) is Kind.TEMPORARY:
                raise
            # A sweep that fails must stop neither the others nor the sending; it comes again at the next turn.
            log.exception("sweep failed", sweep=getattr(sweep, "__name__", repr(sweep)))

    def trim(self, now: datetime) -> bool:
        """Forgets a batch of old messages of each table; returns whether there may be more."""
        trimmed = []
        for trim in TRIMS:
            with self._database.transaction() as session:
                trimmed.append(trim(session, now))
        return AT_ONCE in trimmed

    def send_batch(self, now: datetime) -> int:
        """Sends up to 200 unsent messages, within the windows of their queues, and marks them; returns how many."""
        return self._send_claimed(claims.claim_unsent, now)

    def send_forgotten(self, now: datetime) -> int:
        """Sends again, at once, all that the broker took into a memory that it does not have any more."""
        total = 0
        while sent := self._send_claimed(lambda session: claims.claim_forgotten(session, self._memory.present()), now):
            total += sent
        if total:
            log.warning("broker lost its memory, messages sent again", messages=total)
        return total

    def send_overdue(self, now: datetime) -> int:
        """Sends again up to 200 messages that were lost on the way though the broker remembers; returns how many.

        While our own queue is not empty their receipts may wait in it.
        """
        with self._database.transaction() as session:
            queues = claims.overdue_queues(session, now)
        if not queues:
            return 0
        idle = self._is_drained(self._own_queue)
        drained = [queue for queue in queues if idle and self._is_drained(queue)]
        sent = self._send_claimed(lambda session: claims.claim_overdue(session, drained, now), now)
        if sent:
            log.warning("messages sent again", messages=sent)
        return sent

    def send_due(self, now: datetime) -> int:
        """Sends due failed and waiting messages of the inbox to the service's own queues again; returns how many.

        Nothing goes to a queue that is not empty: what is due may wait in it already, and copies would only make the
        wait longer. After ten minutes it goes all the same, because a queue that is always busy must not keep it.
        """
        if not (types := self._types_due(now)):
            return 0
        by_queue: dict[str, list[str]] = defaultdict(list)
        for each in types:
            by_queue[queue_of(each, self._own_queue)].append(each)
        return sum(self._send_due_to(queue, heard, now) for queue, heard in by_queue.items())

    def _types_due(self, now: datetime) -> Sequence[str]:
        with self._database.transaction() as session:
            return inbox.types_due(session, now)

    def _send_due_to(self, queue: str, types: Sequence[str], now: datetime) -> int:
        due_at = now if self._is_drained(queue) else now - inbox.DUE_AT_LAST
        with self._database.transaction() as session:
            due = inbox.claim_due(session, now, BATCH, types=types, due_until=due_at)
            self._send(queue, due)
        return len(due)

    def send_receipts(self) -> int:
        """Sends the receipts that were noted since the last time, one for each sender; returns how many."""
        with self._database.transaction() as session:
            collected = receipts.collect(session)
            for queue, receipt in collected.items():
                self._send(queue, [receipt])
        return len(collected)

    def _is_drained(self, queue: str) -> bool:
        with self._app.connection_or_acquire() as connection:
            return bool(connection.default_channel.queue_declare(queue).message_count == 0)

    def _send_claimed(self, claim: Callable[[Session], list[Any]], now: datetime) -> int:
        with self._database.transaction() as session:
            rows = claim(session)
            if rows:
                # Read before anything is sent: what is sent into a memory lost meanwhile must not count as in the next.
                memory = self._memory.present()
                self._send_rows(rows)
                sent = {"sent_at": now, "sends": outbox.c.sends + 1, "sent_into": memory}
                session.execute(update(outbox).where(outbox.c.id.in_([row.id for row in rows])).values(sent))
        often = [row for row in rows if row.sends >= OFTEN - 1]
        if often:
            most = max(often, key=lambda row: row.sends)
            log.warning("messages sent often", messages=len(often), row=str(most.id), sends=most.sends + 1)
        return len(rows)

    def _send_rows(self, rows: Sequence[Any]) -> None:
        by_queue: dict[str, list[Any]] = defaultdict(list)
        for row in rows:
            after = {"after": [str(each) for each in row.after]}
            by_queue[row.queue].append(receipts.addressed(row.envelope | after, row.id, self._own_queue))
        for queue, envelopes in by_queue.items():
            self._send(queue, envelopes)

    def _send(self, queue: str, envelopes: list[Any]) -> None:
        size = traffic(queue).chunk
        for start in range(0, len(envelopes), size):
            chunk = envelopes[start : start + size]
            # Celery would write the beginning of the arguments into the headers too, for people who read logs.
            self._app.send_task(TASK, args=[chunk], queue=queue, retry=False, argsrepr="", kwargsrepr="")
