"""Beat: runs what time makes due, straight in the service's database.

It needs no broker: a tick claims due rows with FOR UPDATE SKIP LOCKED and writes messages to the outbox, so two
beats do no harm and one that was down catches up with its first tick.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from shared.audit.acting import acting, ticking
from shared.clock import utc_now
from shared.db import Database

log = structlog.get_logger(__name__)

LONGEST_WAIT_SECONDS = 5.0
AT_ONCE = 20
"""How often in a row a tick that finds something to do comes again at once: what cannot be done must not spin."""


@dataclass(frozen=True)
class Tick:
    """A regular task: `run(session, now)` in a transaction of its own, every `every`.

    It may return how much it did. A task that takes its work in batches does: while it finds some it comes again at
    once, after the others that are due, so that a backlog is gone as fast as the work allows.
    """

    name: str
    every: timedelta
    run: Callable[[Session, datetime], int | None]


class Beat:
    """Runs a service's ticks until it is told to stop."""

    def __init__(self, database: Database, ticks: Sequence[Tick]) -> None:
        self._database = database
        self._due = {tick: datetime.min.replace(tzinfo=utc_now().tzinfo) for tick in ticks}
        self._at_once = dict.fromkeys(ticks, 0)
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Asks `run` to return. Safe in a signal handler."""
        self._stopping.set()

    def run(self, ready: Callable[[], None]) -> None:
        """Runs each tick when it is due; one that fails is logged and comes again at its next turn."""
        while not self._stopping.is_set():
            now = utc_now()
            self.run_due(now)
            ready()
            wait = (min(self._due.values()) - utc_now()).total_seconds()
            self._stopping.wait(min(max(wait, 0.1), LONGEST_WAIT_SECONDS))

    def run_due(self, now: datetime) -> None:
        """Runs every tick that is due at `now`."""
        for tick in [tick for tick, due in self._due.items() if due <= now]:
            with acting(ticking(tick.name)):
                done = _attempt(self._database, tick, now)
            comes_again = bool(done) and self._at_once[tick] < AT_ONCE
            self._at_once[tick] = self._at_once[tick] + 1 if comes_again else 0
            self._due[tick] = now if comes_again else now + tick.every


def run_tick(database: Database, tick: Tick, now: datetime) -> bool:
    """Runs a tick once as if it were `now`; returns False, and logs why, when it failed."""
    return _attempt(database, tick, now) is not None


def _attempt(database: Database, tick: Tick, now: datetime) -> int | None:
    """Returns how much the tick did, or None when it failed."""
    try:
        with database.transaction() as session:
            return tick.run(session, now) or 0
    except Exception:
        # One tick that fails must not stop the others, nor the beat.
        log.exception("tick failed", tick=tick.name)
        return None
