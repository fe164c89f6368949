"""`countersign tick`: what time makes due, run by hand as if it were another time."""

from datetime import datetime

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from notify_svc import worker
from shared.cli import main
from shared.db import Database

AT = "2026-11-24T09:00:00-05:00"


@pytest.fixture
def tick(approval_database: Database, notify_database: Database, settings_environ: dict[str, str]) -> "Tick":
    return Tick(settings_environ)


class Tick:
    """The command, with the settings of the tests."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._runner = CliRunner(env=environ)

    def __call__(self, *words: str) -> Result:
        return self._runner.invoke(main, ["tick", *words])


def test_each_tick_of_the_schedule_runs_once(tick: Tick) -> None:
    done = tick("approval_svc", "--at", AT)
    assert done.exit_code == 0, done.output
    assert "route what nobody could decide: done" in done.output


def test_sweeps_run_at_the_instant_when_asked_for(tick: Tick, monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[datetime] = []

    def look_around(_session: Session, now: datetime) -> None:
        swept.append(now)

    monkeypatch.setattr(worker, "SWEEPS", (look_around,))
    assert tick("notify_svc", "--at", AT, "--sweeps").output == "look around: done\n"
    assert swept == [datetime.fromisoformat("2026-11-24T14:00:00Z")]


def test_one_that_fails_stops_no_other_and_ends_the_command_with_1(tick: Tick, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(_session: Session, _now: datetime) -> None:
        raise LookupError("no such row")

    def go_on(_session: Session, _now: datetime) -> None:
        return

    monkeypatch.setattr(worker, "SWEEPS", (break_down, go_on))
    failed = tick("notify_svc", "--at", AT, "--sweeps")
    assert failed.exit_code == 1
    assert failed.stdout.endswith("break down: failed\ngo on: done\n")


@pytest.mark.parametrize("instant", ["tomorrow", "2026-11-24T09:00:00"])
def test_an_instant_without_a_zone_is_none(tick: Tick, instant: str) -> None:
    refused = tick("approval_svc", "--at", instant)
    assert refused.exit_code == 2
    assert "must be an instant such as" in refused.output


def test_a_service_without_regular_tasks_says_so(tick: Tick) -> None:
    assert "request_svc has no regular task" in tick("request_svc", "--at", AT).output
    assert "no service 'fax_svc'" in tick("fax_svc", "--at", AT).output
