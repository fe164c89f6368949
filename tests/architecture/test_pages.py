"""Every page of every service, opened with sample data: none is left out, none fails, and reading changes nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import StrictUndefined
from sqlalchemy import text

from shared.db import Database
from shared.service import Service, find_service, installed_services
from shared.settings import load
from shared.web.access import public
from tests.architecture.journeys import Journey
from tests.architecture.sample_pages import WAYS
from tests.conftest import ROOT, fresh_database

SERVICES = list(installed_services())
BY_NAME = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


def templates_in(folder: Path) -> set[str]:
    return {path.name for path in (folder / "web/templates").glob("*.html")}


@pytest.fixture
def environ(settings_environ: dict[str, str]) -> dict[str, str]:
    """Nobody answers at the sign-in provider's address, whatever else runs on this machine; limits count apart."""
    return settings_environ | {"OIDC_ISSUER": "http://127.0.0.1:9", "RATE_LIMIT_URL": "memory://"}


@pytest.fixture
def databases(environ: dict[str, str]) -> Iterator[dict[str, Database]]:
    opened = {service.name: fresh_database(service.name, environ) for service in SERVICES}
    yield {name: next(database) for name, database in opened.items()}
    for database in opened.values():
        next(database, None)


def app_of(service: Service, environ: dict[str, str], database: Database) -> Flask:
    app: Flask = service.load(service.app)(load(service.load(service.settings), environ), database)
    assert app.jinja_env.undefined is StrictUndefined
    return app


def gone_through(service: Service, environ: dict[str, str], database: Database) -> Journey:
    """Goes through the service's pages while PostgreSQL refuses every change in the course of a GET."""
    journey = Journey(app_of(service, environ, database), database)
    WAYS[service.name](journey, environ)
    return journey


@BY_NAME
def test_every_page_opens_and_reading_it_changes_nothing(
    service: Service, environ: dict[str, str], databases: dict[str, Database]
) -> None:
    journey = gone_through(service, environ, databases[service.name])
    never_opened = {rule.rule for rule in journey.readable()} - journey.opened
    assert never_opened == set()


def test_every_template_is_rendered_with_sample_data(environ: dict[str, str], databases: dict[str, Database]) -> None:
    rendered = {}
    for service in SERVICES:
        rendered[service.name] = gone_through(service, environ, databases[service.name]).rendered()
        assert templates_in(ROOT / "services" / service.name) - rendered[service.name] == set()
    assert templates_in(ROOT / "shared") - set().union(*rendered.values()) == set()


def test_a_page_that_changes_something_while_it_is_read_would_be_noticed(
    environ: dict[str, str], databases: dict[str, Database]
) -> None:
    app = app_of(find_service("request_svc"), environ, database := databases["request_svc"])

    @app.get("/careless")
    @public("the test needs one")
    def careless() -> str:
        with database.transaction() as session:
            session.execute(text("DELETE FROM drafts"))
        return "done"

    with pytest.raises(AssertionError, match="500"):
        Journey(app, database).get("/careless")
