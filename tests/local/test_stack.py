"""`make run` as a person meets it: everything comes up, tells where it is, survives a crash, and goes away whole."""

import json
import signal
import smtplib
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import psycopg
import pytest

from deploy.local import family, supervisor
from deploy.local.environment import SERVICES
from deploy.local.layout import ROOT, Layout
from deploy.local.programs import ROLES

STACK = [sys.executable, "-m", "deploy.local.stack"]
KEYS = {"smtp", "broker_url", "mailbox_url", "mailbox_api", "database_urls", "accounts", "processes", "settings_file"}


def run(command: str, layout: Layout, *options: str) -> "subprocess.CompletedProcess[str]":
    words = [*STACK, command, "--directory", str(layout.directory), *options]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)


def read(layout: Layout) -> dict[str, Any]:
    stack: dict[str, Any] = json.loads(layout.stack.read_text())
    return stack


def mails(stack: dict[str, Any]) -> list[dict[str, Any]]:
    with urllib.request.urlopen(stack["mailbox_api"]) as response:
        found: list[dict[str, Any]] = json.load(response)
    return found


def eventually(condition: Callable[[], bool], *, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layout]:
    layout = Layout(tmp_path_factory.mktemp("stack") / ".local")
    started = run("up", layout, "--detach", "--ports", "auto")
    assert started.returncode == 0, started.stdout + started.stderr
    yield layout
    run("stop", layout)


@pytest.fixture(scope="module")
def stack(layout: Layout) -> dict[str, Any]:
    return read(layout)


def test_stack_json_names_every_address(stack: dict[str, Any]) -> None:
    assert {f"{service.removesuffix('_svc')}_url" for service in SERVICES} | KEYS == set(stack)
    for service in SERVICES:
        with urllib.request.urlopen(f"{stack[service.removesuffix('_svc') + '_url']}/healthz") as response:
            assert response.status == 200


def test_every_process_is_named_with_its_pid(stack: dict[str, Any]) -> None:
    wanted = {f"{service.removesuffix('_svc')}-{role}" for service, roles in ROLES.items() for role in roles}
    assert {process["name"] for process in stack["processes"]} == wanted | {"postgres", "valkey", "mailbox"}
    assert all(psutil.pid_exists(process["pid"]) for process in stack["processes"])


def test_every_account_comes_with_its_password_and_what_it_may_do(stack: dict[str, Any]) -> None:
    for account in stack["accounts"]:
        assert all(account[key] for key in ("user_id", "password", "email", "name", "may"))


def test_each_service_has_its_tables_in_a_database_of_its_own(stack: dict[str, Any]) -> None:
    for url in stack["database_urls"].values():
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            tables = connection.execute("SELECT 1 FROM pg_tables WHERE tablename = 'outbox'").fetchall()
            assert len(tables) == 1


def test_a_second_start_says_that_it_runs(layout: Layout) -> None:
    again = run("up", layout)
    assert again.returncode == 0
    assert "running already" in again.stdout


def test_a_worker_that_crashes_is_back_at_work(layout: Layout, stack: dict[str, Any]) -> None:
    (crashed,) = [process["pid"] for process in stack["processes"] if process["name"] == "request-worker"]
    ready = layout.ready / "request-worker"
    ready.unlink()
    psutil.Process(crashed).kill()
    eventually(ready.exists)


def test_status_shows_processes_and_addresses(layout: Layout, stack: dict[str, Any]) -> None:
    shown = run("status", layout).stdout
    assert "request-worker" in shown
    assert stack["request_url"] in shown


def test_a_restart_keeps_everything_and_ctrl_c_leaves_nothing_behind(layout: Layout, stack: dict[str, Any]) -> None:
    with smtplib.SMTP(*stack["smtp"].split(":")) as client:
        client.sendmail("ann@state.example", "bob@state.example", "Subject: Before the restart\n\n")
    assert run("stop", layout).returncode == 0
    assert not list(family.members(layout))

    words = [*STACK, "up", "--directory", str(layout.directory), "--ports", "auto"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as foreground:
        eventually(layout.stack.exists)
        later = read(layout)
        assert later["accounts"] == stack["accounts"]
        assert [mail["subject"] for mail in mails(later)] == ["Before the restart"]

        foreground.send_signal(signal.SIGINT)
        assert foreground.wait(timeout=60) == 0
    assert not list(family.members(layout))
    assert not supervisor.is_running(layout)
    assert not layout.stack.exists()
