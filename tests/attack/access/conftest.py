"""Every service's app over its own real database."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from shared.db import Database
from shared.service import find_service
from shared.settings import load
from tests.attack.access import rows
from tests.attack.access.table import FORMS, Route
from tests.conftest import fresh_database

ISSUER = "https://provider.example"
PROVIDER = {
    "issuer": ISSUER,
    "authorization_endpoint": "https://provider.example/authorize",
    "end_session_endpoint": "https://provider.example/logout",
    "_loaded_at": 1,
}


@dataclass
class Place:
    """One service: its app, its database, and rows of somebody's."""

    app: Flask
    database: Database
    ids: dict[str, Any]

    def rules(self, method: str) -> list[Rule]:
        return [rule for rule in self.app.url_map.iter_rules() if method in (rule.methods or ())]

    def path(self, rule: str, **differently: Any) -> str:
        """Returns the path of a route with the ids of the rows, or others."""
        (found, *_) = (each for each in self.app.url_map.iter_rules() if each.rule == rule)
        values = self.ids | {"name": rows.FILES.get(rule)} | differently
        with self.app.test_request_context():
            built = found.build({name: values[name] for name in found.arguments})
        assert built is not None
        return built[1]

    def forms(self, route: Route) -> list[dict[str, str]]:
        """Returns what may be sent there, with the ids of the rows."""
        ids = {f"<{name}>": str(value) for name, value in self.ids.items()}
        return [{name: ids.get(value, value) for name, value in form.items()} for form in FORMS.get(route, [{}])]


@pytest.fixture
def environ(settings_environ: dict[str, str]) -> dict[str, str]:
    return attacked(settings_environ)


def attacked(environ: dict[str, str]) -> dict[str, str]:
    """Returns the settings with a sign-in provider, a mail provider that tells of bounces, and counts of their own."""
    mail_provider = {"BOUNCE_POSTMARK_CREDENTIALS": "postmark:0123456789abcdef0123456789abcdef"}
    return environ | mail_provider | {"OIDC_ISSUER": ISSUER, "RATE_LIMIT_URL": "memory://"}


def make_app(name: str, environ: dict[str, str], database: Database) -> Flask:
    """Returns the app as it is deployed, with a sign-in provider that it need not ask for its addresses."""
    service = find_service(name)
    app: Flask = service.load(service.app)(load(service.load(service.settings), environ), database)
    if "countersign.oauth" in app.extensions:
        app.extensions["countersign.oauth"].provider.server_metadata.update(PROVIDER)
    return app


@pytest.fixture(params=["request_svc", "approval_svc", "notify_svc", "identity_svc"])
def place(request: pytest.FixtureRequest, environ: dict[str, str]) -> Iterator[Place]:
    for database in fresh_database(request.param, environ):
        yield Place(make_app(request.param, environ, database), database, rows.MAKE[request.param](database))
