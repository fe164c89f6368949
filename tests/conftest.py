"""Fixtures of all tests: a real PostgreSQL and a real Valkey, one database a service, emptied for each test."""

import gc
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from alembic import command
from flask import Flask
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import create_engine, text
from xdist.remote import Producer  # type: ignore[import-untyped]  # xdist ships no types
from xdist.scheduler import LoadFileScheduling, LoadScopeScheduling  # type: ignore[import-untyped]  # it has none

from deploy.local import browser as chromium
from deploy.local.servers import Servers, embedded_servers
from shared import db, migrate
from shared.db import Database
from shared.service import Service, find_service
from tests.emptying import empty
from tests.sharing import CompiledTemplates, Engines

ROOT = Path(__file__).parents[1]
KEY = "k" * 40

# Whoever starts several processes of tests may name a width for them: what is printed into a pipe has its own.
os.environ.pop("COLUMNS", None)

SLOW = ("faults", "walks", "simulation", "local")
"""The directories of tests that take a minute and more each, on stacks of their own."""

# An example may be slow because the machine is busy: a clock on the wall says nothing about the code.
# Explaining a failure runs an example hundreds of times under a tracer, which here means hundreds of databases emptied.
hypothesis_settings.register_profile("countersign", deadline=None, phases=set(Phase) - {Phase.explain})
hypothesis_settings.load_profile("countersign")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Lets what is slow come first: no process is left alone with it when the others have done all else."""
    items.sort(key=lambda item: item.path.parent.name not in SLOW)


def pytest_collection_finish() -> None:
    """Takes what was imported and collected out of the collector's sight: going through it again and again is dear."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Returns who gives tests to processes: a file to one of them, and all that share a stack to one."""
    return OneStack(config, log)


class OneStack(LoadFileScheduling):  # type: ignore[misc]  # xdist ships no types
    """Lets one process walk through the shared stack: a second one would cost its start, and idle beside the first."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return "walks" if file.startswith("tests/walks/") and not file.endswith("/test_time.py") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Returns how many processes test at once: one more than there are cores, for much of the time they wait."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session", autouse=True)
def made_once() -> Iterator[None]:
    """Lets the tests of a process share connections, compiled statements and compiled templates."""
    engines = Engines()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "create_engine", engines.create)
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": CompiledTemplates()})
        yield
    engines.dispose()


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with embedded_servers(tmp_path_factory.mktemp("servers")) as running:
        yield running


@pytest.fixture(scope="session")
def database_urls(servers: Servers) -> dict[str, str]:
    """Each service's own migrated database, by the service's name."""
    urls: dict[str, str] = {}
    engine = create_engine(servers.database_url, isolation_level="AUTOCOMMIT")
    for name in ("request_svc", "approval_svc", "notify_svc", "identity_svc"):
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        urls[name] = engine.url.set(database=name).render_as_string(hide_password=False)
    engine.dispose()
    return urls


@pytest.fixture(scope="session")
def settings_environ(
    servers: Servers, database_urls: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The environment that a service's settings are loaded from in tests; SMTP_URL points nowhere."""
    clients = tmp_path_factory.mktemp("identity") / "clients.json"
    clients.write_text("[]")
    environ = {
        "BROKER_URL": servers.broker_url,
        "RATE_LIMIT_URL": "memory://",
        "OIDC_ISSUER": "http://127.0.0.1:8003",
        "ASSETS_DIR": str(ROOT / "node_modules/@uswds/uswds/dist"),
        "LINK_SIGNING_KEYS": KEY,
        "SMTP_URL": "smtp://127.0.0.1:9",
        "MAIL_FROM": "donotreply.HARP@hcqis.org",
        "IDENTITY_SVC_CLIENTS_FILE": str(clients),
    }
    for number, (name, url) in enumerate(database_urls.items(), start=1):
        own = name.upper()
        environ |= {
            f"{own}_DATABASE_URL": url,
            f"{own}_PUBLIC_URL": f"http://127.0.0.1:800{number}",
            f"{own}_SECRET_KEYS": KEY,
            f"{own}_OIDC_CLIENT_ID": name,
            f"{own}_OIDC_CLIENT_SECRET": KEY,
        }
    return environ


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a process: Playwright does not start twice in it."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium.find(os.environ) or chromium.get(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
        )
        yield launched
        launched.close()


@cache
def _migrated(name: str, url: str) -> Service:
    service = find_service(name)
    command.upgrade(migrate.config_for(service, url), "head")
    return service


def fresh_database(name: str, settings_environ: dict[str, str]) -> Iterator[Database]:
    """Yields a service's own database, migrated and empty."""
    service = _migrated(name, settings_environ[f"{name.upper()}_DATABASE_URL"])
    database = Database(settings_environ[f"{name.upper()}_DATABASE_URL"], pool_size=4)
    with database.transaction() as session:
        empty(session, [table.name for table in migrate.metadata_of(service).sorted_tables])
    yield database


@pytest.fixture
def request_database(settings_environ: dict[str, str]) -> Iterator[Database]:
    yield from fresh_database("request_svc", settings_environ)


@pytest.fixture
def approval_database(settings_environ: dict[str, str]) -> Iterator[Database]:
    yield from fresh_database("approval_svc", settings_environ)


@pytest.fixture
def notify_database(settings_environ: dict[str, str]) -> Iterator[Database]:
    yield from fresh_database("notify_svc", settings_environ)


@pytest.fixture
def identity_database(settings_environ: dict[str, str]) -> Iterator[Database]:
    yield from fresh_database("identity_svc", settings_environ)
