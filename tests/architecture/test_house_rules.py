"""The rules of the house that no type checker sees: a newcomer who forgets one is told by a failing test."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from shared import contracts
from shared.contracts import QUEUES, SUBSCRIBERS
from shared.db import Database
from shared.service import Service, installed_services
from shared.settings import load
from shared.settings_table import as_markdown
from shared.web.access import access_of
from tests.conftest import ROOT

SERVICES = list(installed_services())
BY_NAME = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
SOURCES = sorted(path for folder in ("services", "shared") for path in (ROOT / folder).rglob("*.py"))


def heard_by(service: Service) -> set[str]:
    return {
        message.type()
        for message, queues in SUBSCRIBERS.items()
        if any(queue in QUEUES[service.name] for queue in queues)
    }


def calls(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, node.lineno


def views(app: Flask) -> Iterator[tuple[str, set[str], Callable[..., Any]]]:
    for rule in app.url_map.iter_rules():
        yield str(rule), set(rule.methods or ()), app.view_functions[rule.endpoint]


@pytest.fixture
def apps(settings_environ: dict[str, str]) -> dict[str, Flask]:
    made = {}
    for service in SERVICES:
        settings = load(service.load(service.settings), settings_environ)
        made[service.name] = service.load(service.app)(settings, Database(settings.database_url))
    return made


def test_every_queue_that_a_message_goes_to_is_consumed() -> None:
    consumed = {queue for queues in QUEUES.values() for queue in queues}
    assert {queue for queues in SUBSCRIBERS.values() for queue in queues} == consumed
    assert set(QUEUES) == {service.name for service in SERVICES}


@BY_NAME
def test_every_queue_of_a_service_is_consumed_by_one_kind_of_its_processes(service: Service) -> None:
    kinds = [kind for role in service.roles if (kind := service.worker(role))]
    assert sorted(queue for kind in kinds for queue in kind.queues) == sorted(QUEUES[service.name])


@BY_NAME
def test_a_service_handles_exactly_the_messages_that_it_hears(
    service: Service, settings_environ: dict[str, str]
) -> None:
    settings = load(service.load(service.settings), settings_environ)
    handled = set(service.load_for(service.handlers, settings))
    if service.effects:
        handled |= set(service.load(service.effects)(settings, Database(settings.database_url)))
    assert handled == heard_by(service)


@BY_NAME
def test_every_page_says_who_may_open_it(service: Service, apps: dict[str, Flask]) -> None:
    silent = [rule for rule, _, view in views(apps[service.name]) if access_of(view) is None]
    assert silent == []


@BY_NAME
def test_a_view_either_reads_or_changes(service: Service, apps: dict[str, Flask]) -> None:
    """That reading changes nothing is seen in `test_pages.py`, where PostgreSQL refuses it."""
    both = [rule for rule, methods, _ in views(apps[service.name]) if {"GET", "POST"} <= methods]
    assert set(both) <= MACHINE_ENDPOINTS


# OpenID Connect Core 1.0, sections 3.1.2.1 and 5.3.1, want GET and POST at these.
MACHINE_ENDPOINTS = {"/authorize", "/userinfo", "/logout"}


def test_only_the_relay_talks_to_the_broker() -> None:
    talking = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        for name, _ in calls(path)
        if name in {"delay", "apply_async", "send_task"}
    }
    assert talking == {"shared/messaging/relay.py"}


def test_nobody_commits_by_hand() -> None:
    committing = [
        f"{path.relative_to(ROOT).as_posix()}:{line}"
        for path in SOURCES
        for name, line in calls(path)
        if name == "commit" and path.name != "env.py"
    ]
    assert committing == []


def test_use_cases_and_rules_take_the_time_as_an_argument() -> None:
    asking = [
        f"{path.relative_to(ROOT).as_posix()}"
        for path in SOURCES
        if {"use_cases", "domain"} & set(path.parts) and "utc_now" in path.read_text()
    ]
    assert asking == []


def test_importing_everything_connects_to_nothing_and_needs_no_setting() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removeprefix("services.").removesuffix(".__init__")
        for path in SOURCES
        if "migrations" not in path.parts
    ]
    program = (
        "import importlib, socket\n"
        "def refuse(*_): raise RuntimeError('connected at import')\n"
        "socket.socket.connect = refuse\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
    )
    finished = subprocess.run([sys.executable, "-c", program], env={}, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr


def test_the_table_of_settings_is_up_to_date() -> None:
    assert as_markdown() in (ROOT / "docs/settings.md").read_text()


@BY_NAME
def test_a_services_readme_names_every_message_that_it_hears(service: Service) -> None:
    readme = (ROOT / "services" / service.name / "README.md").read_text()
    assert {name for name in heard_by(service) if name not in readme} == set()


def test_every_message_type_has_one_subscriber_at_least() -> None:
    assert all(SUBSCRIBERS.values())
    assert {name for name, _ in contracts.known_messages()} == {message.type() for message in SUBSCRIBERS}
