"""The supervisor: brings back what dies, and leaves nothing behind however the end comes."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local import family, health, lifecycle, supervisor
from deploy.local.environment import MARKER
from deploy.local.layout import Layout
from deploy.local.programs import Program

# Longer than any Unix socket's path may be.
FAR_AWAY = Path("a-clone") / ("deep" * 15) / ("down" * 15)
WORK = "import pathlib, time; pathlib.Path({!r}).touch(); time.sleep(600)"


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    layout = Layout(tmp_path / FAR_AWAY)
    layout.make()
    yield layout
    lifecycle.end(layout)


def worker(layout: Layout, name: str = "worker") -> Program:
    """A process that tells that it is ready and then waits for work."""
    file = layout.ready / name
    return Program(name, [sys.executable, "-c", WORK.format(str(file))], file.exists, ready_file=file)


def start(layout: Layout, *servers: Program) -> None:
    supervisor.write_configuration(layout, {"servers": servers, "applications": [worker(layout, "application")]})
    supervisor.start(layout, {MARKER: str(layout.directory)})
    health.wait_until_ready(layout, servers, seconds=10)


def pid_of(layout: Layout, name: str) -> int:
    return next(process.pid for process in supervisor.processes(layout) if process.name == name)


def kill_supervisor(layout: Layout) -> None:
    psutil.Process(int((layout.directory / "supervisord.pid").read_text())).kill()


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_servers_start_first_and_applications_when_asked(layout: Layout) -> None:
    start(layout, worker(layout))
    assert {process.name: process.lives for process in supervisor.processes(layout)} == {
        "worker": True,
        "application": False,
    }
    supervisor.start_applications(layout)
    health.wait_until_ready(layout, [worker(layout, "application")], seconds=10)


def test_a_process_that_is_killed_comes_back(layout: Layout) -> None:
    program = worker(layout)
    start(layout, program)
    killed = pid_of(layout, "worker")
    layout.ready.joinpath("worker").unlink()
    psutil.Process(killed).kill()
    eventually(program.is_ready)
    assert pid_of(layout, "worker") != killed


def test_a_process_that_is_stopped_stays_so_until_it_is_started(layout: Layout) -> None:
    program = worker(layout)
    start(layout, program)
    stopped = pid_of(layout, "worker")
    supervisor.stop_process(layout, "worker")
    assert not psutil.pid_exists(stopped)
    layout.ready.joinpath("worker").unlink()
    supervisor.start_process(layout, "worker")
    eventually(program.is_ready)


def test_a_process_that_cannot_start_is_shown_with_the_end_of_its_log(layout: Layout) -> None:
    broken = Program("broken", [sys.executable, "-c", "raise SystemExit('no such database')"], lambda: False)
    with pytest.raises(health.UnhealthyError) as failed:
        start(layout, broken)
    assert lifecycle.explain(layout, failed.value).endswith("no such database")


def test_a_process_that_never_gets_ready_is_named(layout: Layout) -> None:
    start(layout, worker(layout))
    with pytest.raises(health.UnhealthyError, match="idle"):
        health.wait_until_ready(layout, [Program("idle", [], lambda: False)], seconds=0)


def test_the_end_leaves_nothing_behind(layout: Layout) -> None:
    start(layout, worker(layout))
    assert len(list(family.members(layout))) == 2
    lifecycle.end(layout)
    assert not list(family.members(layout))
    assert not supervisor.is_running(layout)


def test_what_a_killed_supervisor_left_is_ended_too(layout: Layout) -> None:
    start(layout, worker(layout))
    orphan = psutil.Process(pid_of(layout, "worker"))
    kill_supervisor(layout)
    eventually(lambda: list(family.members(layout)) == [orphan])
    lifecycle.end(layout)
    assert not list(family.members(layout))


def test_a_process_that_will_not_go_is_taken_away(layout: Layout) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + WORK.format(str(layout.ready / "deaf"))
    start(layout, Program("deaf", [sys.executable, "-c", deaf], (layout.ready / "deaf").exists))
    kill_supervisor(layout)
    family.end(layout, patience=0.2)
    assert not list(family.members(layout))


def test_another_stack_is_left_alone(layout: Layout, tmp_path: Path) -> None:
    start(layout, worker(layout))
    lifecycle.end(Layout(tmp_path))
    assert pid_of(layout, "worker")


def test_the_configuration_says_how_each_process_ends(layout: Layout) -> None:
    postgres = Program("postgres", ["postgres", "-D", "100% mine"], lambda: True, stop=signal.SIGINT)
    supervisor.write_configuration(layout, {"servers": [postgres], "applications": []})
    written = (layout.directory / supervisor.CONFIGURATION).read_text()
    assert "stopsignal=INT\n" in written
    assert "command=postgres -D '100%% mine'\n" in written
