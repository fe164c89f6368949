"""A database with the organizations of the catalog, and browsers that are signed in."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from request_svc.app import create_app
from request_svc.settings import Settings
from request_svc.use_cases.import_organizations import import_organizations
from shared import catalog as catalogs
from shared import settings
from shared.catalog import Catalog
from shared.contracts import Person
from shared.db import Database
from shared.web.person import SignedIn
from tests.pages import sign_in, soup, token_of
from tests.request_svc.factories import ADA, NOW


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return catalogs.load()


@pytest.fixture
def database(request_database: Database, catalog: Catalog) -> Database:
    with request_database.transaction() as session:
        import_organizations(session, catalog.organizations, NOW)
    return request_database


@pytest.fixture
def app(database: Database, settings_environ: dict[str, str]) -> Flask:
    return create_app(settings.load(Settings, settings_environ), database)


class Browser:
    """A Flask test client that takes the CSRF token from the page that it looks at, as a person's browser does."""

    def __init__(self, client: FlaskClient, person: Person | None) -> None:
        self.client = client
        if person:
            sign_in(client, SignedIn(**asdict(person), zone=None, is_operations=False))

    def open(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.location)
        return answer.text

    def send(self, path: str, form: dict[str, Any] | None = None, *, page: str | None = None) -> TestResponse:
        """Posts a form with the token of the page that holds it (`page`, or the same path)."""
        token = token_of(self.open(page or path))
        return self.client.post(path, data={"csrf_token": token, **(form or {})})

    def start(self, category: str) -> str:
        """STEP 1; returns the path of STEP 2."""
        answer = self.send("/request-role", {"category": category})
        assert answer.status_code == 303, answer.text
        return str(answer.location)

    def reach_step_3(self, category: str, role: str, **more: str) -> str:
        """STEP 1 and STEP 2; returns the path of STEP 3."""
        answer = self.send(self.start(category), {"role": role, **more})
        assert answer.status_code == 303, answer.text
        return str(answer.location)


def errors(html: str) -> dict[str, str]:
    """The sentence at each field that has one."""
    return {str(each["id"]).removesuffix("-error"): each.get_text() for each in soup(html).select(".usa-error-message")}


def checked(html: str) -> set[str]:
    return {str(each["value"]) for each in soup(html).select("input[checked], option[selected]")}


Visit = Callable[..., Browser]


@pytest.fixture
def visit(app: Flask) -> Visit:
    def make(person: Person | None = ADA) -> Browser:
        return Browser(app.test_client(), person)

    return make


@pytest.fixture
def ada(visit: Visit) -> Browser:
    return visit(ADA)


@pytest.fixture
def count(database: Database) -> Callable[[str], int]:
    def rows(table: str) -> int:
        with database.reading() as session:
            return int(session.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one())

    return rows
