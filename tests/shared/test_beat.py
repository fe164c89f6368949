"""The beat runs each tick when it is due, and one that fails stops no other."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.beat import AT_ONCE, Beat, Tick
from shared.db import Database

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Backlog:
    """A tick that takes its work three at a time, and notes when it ran and what was left then."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.runs: list[tuple[datetime, int]] = []

    def __call__(self, _session: Session, now: datetime) -> int:
        self.runs.append((now, self.left))
        done = min(self.left, 3)
        self.left -= done
        return done


class Counter:
    """A tick that counts its runs, and fails at each when told to."""

    def __init__(self, *, fails: bool = False) -> None:
        self.runs: list[datetime] = []
        self.fails = fails

    def __call__(self, session: Session, now: datetime) -> None:
        self.runs.append(now)
        if self.fails:
            session.execute(text("SELECT 1 / 0"))


def test_a_tick_runs_once_for_each_time_that_it_is_due(database: Database) -> None:
    counter = Counter()
    beat = Beat(database, (Tick("count", MINUTE, counter),))
    for now in (NOW, NOW + MINUTE / 2, NOW + MINUTE, NOW + 60 * MINUTE):
        beat.run_due(now)
    assert counter.runs == [NOW, NOW + MINUTE, NOW + 60 * MINUTE]


def test_a_tick_that_finds_something_comes_again_at_once_after_the_others_until_nothing_is_left(
    database: Database,
) -> None:
    backlog, counter = Backlog(7), Counter()
    beat = Beat(database, (Tick("backlog", MINUTE, backlog), Tick("count", MINUTE, counter)))
    for _ in range(9):
        beat.run_due(NOW)
    assert backlog.runs == [(NOW, 7), (NOW, 4), (NOW, 1), (NOW, 0)]
    assert counter.runs == [NOW]
    beat.run_due(NOW + MINUTE)
    assert backlog.runs[-1] == (NOW + MINUTE, 0)


def test_a_tick_that_always_finds_something_waits_for_its_turn_at_last(database: Database) -> None:
    backlog = Backlog(10_000)
    beat = Beat(database, (Tick("backlog", MINUTE, backlog),))
    for _ in range(AT_ONCE + 5):
        beat.run_due(NOW)
    assert len(backlog.runs) == 1 + AT_ONCE
    beat.run_due(NOW + MINUTE)
    beat.run_due(NOW + MINUTE)
    assert len(backlog.runs) == 3 + AT_ONCE


def test_a_tick_that_fails_stops_no_other_and_comes_again(database: Database) -> None:
    broken, sound = Counter(fails=True), Counter()
    beat = Beat(database, (Tick("broken", MINUTE, broken), Tick("sound", MINUTE, sound)))
    beat.run_due(NOW)
    beat.run_due(NOW + MINUTE)
    assert broken.runs == sound.runs == [NOW, NOW + MINUTE]


def test_what_raises_outside_the_database_stops_no_other_either(database: Database) -> None:
    def lost(_session: Session, _now: datetime) -> None:
        raise KeyError("a role that the catalog no longer has")

    sound = Counter()
    Beat(database, (Tick("lost", MINUTE, lost), Tick("sound", MINUTE, sound))).run_due(NOW)
    assert sound.runs == [NOW]
