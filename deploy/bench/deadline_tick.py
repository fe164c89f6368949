"""What a tick of the deadlines costs: it must follow what is due, not what waits."""

import statistics
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, event, update
from sqlalchemy.orm import Session

from approval_svc import deadline_queries
from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.tables import DeadlineRow
from approval_svc.use_cases.fire_due import BATCH, fire_due
from deploy.bench.bench import Bench
from deploy.bench.waiting import LINK_LIFETIME, START, deadline_id, fill
from shared.db import Database

REPEATS = 5
DUE = BATCH
"""How many deadlines are due each time: as many as one tick takes."""
KINDS = (
    *(DeadlineKind.REMINDER,) * 3,
    *(DeadlineKind.ESCALATION,) * 2,
    *(DeadlineKind.EXPIRY_NOTICE,) * 2,
    DeadlineKind.EXPIRY,
)
"""What is due, in turn."""
FIRST = START + timedelta(days=50)
BETWEEN = timedelta(hours=1)
TOO_MUCH = 1.5
"""A ratio from which on the figures say how PostgreSQL finds what is due."""


class WrongCountError(RuntimeError):
    """A tick did not take what had been made due."""


def measure(bench: Bench) -> dict[str, Any]:
    """Returns seconds for each due deadline at each size, and their ratio to the smallest size.

    The sizes take turns, so that what else the machine does touches all of them; the first turn warms up, uncounted.
    """
    seconds: dict[int, list[float]] = {size: [] for size in bench.sizes}
    idle: dict[int, list[float]] = {size: [] for size in bench.sizes}
    databases = {size: bench.approvals(size, fill) for size in bench.sizes}
    bench.say(f"{REPEATS} ticks with {DUE} due deadlines at each size …")
    for turn in range(REPEATS + 1):
        now = FIRST + turn * BETWEEN
        for size, database in databases.items():
            _make_due(database, size, turn, now)
            seconds[size].append(_tick(database, now, DUE))
            idle[size].append(_tick(database, now, 0))
    found = {size: _figures(seconds[size][1:], idle[size][1:]) for size in bench.sizes}
    smallest = bench.sizes[0]
    for size, figures in found.items():
        figures["ratio"] = round(figures["seconds_per_due"] / found[smallest]["seconds_per_due"], 2)
        # What else the machine does is in the fastest tick least.
        figures["ratio_of_fastest"] = round(min(seconds[size][1:]) / min(seconds[smallest][1:]), 2)
        if figures["ratio"] > TOO_MUCH:
            figures["claim"] = how_claimed(databases[size], FIRST)
    return {"due": DUE, "repeats": REPEATS, "open_approvals": {str(size): each for size, each in found.items()}}


def _figures(seconds: Sequence[float], idle: Sequence[float]) -> dict[str, Any]:
    return {
        "seconds_per_due": round(statistics.median(seconds) / DUE, 6),
        "seconds_of_each_tick": [round(each, 4) for each in seconds],
        "seconds_with_nothing_due": round(statistics.median(idle), 5),
    }


def _make_due(database: Database, size: int, turn: int, now: datetime) -> None:
    """Makes a deadline of each of 100 approvals due, which lie as far apart as they can."""
    apart = size // ((REPEATS + 1) * DUE)
    if not apart:
        raise WrongCountError(f"{size} approvals are too few for {REPEATS} ticks")
    with database.transaction() as session:
        for each in range(DUE):
            found = deadline_id((turn * DUE + each) * apart, KINDS[each % len(KINDS)], 1)
            due_at = now - timedelta(seconds=each)
            session.execute(update(DeadlineRow).where(DeadlineRow.id == found).values(due_at=due_at))


def _tick(database: Database, now: datetime, expected: int) -> float:
    """Returns the seconds of one tick, its commit included."""
    began = time.perf_counter()
    with database.transaction() as session:
        done = fire_due(session, LINK_LIFETIME, now)
    took = time.perf_counter() - began
    if done != expected:
        raise WrongCountError(f"{expected} requests had something due, the tick took {done}")
    return took


def how_claimed(database: Database, now: datetime) -> list[str]:
    """Returns PostgreSQL's plan of the claim, with what it read; nothing is changed."""
    with database.engine.connect() as connection:
        statements: list[tuple[str, Any]] = []

        def keep(_connection: Connection, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
            statements.append((statement, values))

        event.listen(connection, "before_cursor_execute", keep)
        with Session(connection) as session:
            deadline_queries.claim_due(session, now, DUE)
        statement, values = statements[-1]
        plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", values)
        lines = [line for (line,) in plan]
        connection.rollback()
    return lines
