"""A browser without a screen that goes through an app and remembers which routes it opened."""

import re
from typing import Any

from flask import Flask, has_request_context, request
from flask.testing import FlaskClient
from sqlalchemy import Connection, event
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from shared.clock import utc_now
from shared.db import Database
from shared.web.person import SignedIn, new_session

OPERATIONS = SignedIn(
    user_id="olu.adeyemi", name="Olu Adeyemi", email="olu@x.example", phone=None, zone=None, is_operations=True
)


def refuse_writing_while_reading(database: Database) -> None:
    """Makes PostgreSQL refuse every change in the course of a GET or HEAD, whichever way the view came to it."""

    @event.listens_for(database.engine, "begin")
    def begin(connection: Connection) -> None:
        if has_request_context() and request.method in ("GET", "HEAD"):
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")


class Journey:
    """Somebody's way through one service's pages."""

    def __init__(self, app: Flask, database: Database) -> None:
        self.app, self.database, self.client = app, database, app.test_client()
        self.opened: set[str] = set()
        refuse_writing_while_reading(database)

    def sign_in(self, person: SignedIn) -> None:
        with self.client.session_transaction() as session:
            session.update(new_session(person, utc_now()))

    def as_nobody(self) -> FlaskClient:
        """Returns to being somebody who has not signed in."""
        self.client = self.app.test_client()
        return self.client

    def get(self, path: str, status: int = 200) -> TestResponse:
        """Opens a page, which must answer with the status."""
        answer = self.client.get(path)
        assert answer.status_code == status, f"GET {path} answers {answer.status}"
        if rule := self._rule_of(path):
            self.opened.add(rule.rule)
        return answer

    def _rule_of(self, path: str) -> Rule | None:
        with self.app.test_request_context(path):
            return request.url_rule

    def post(self, path: str, form: dict[str, Any] | None = None, *, page: str, status: int) -> TestResponse:
        """Sends a form with the token of the page that holds it; the answer must have the status."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)
        assert token, f"{page} holds no form"
        answer = self.client.post(path, data={"csrf_token": token[1], **(form or {})})
        assert answer.status_code == status, f"POST {path} answers {answer.status}"
        return answer

    def open_routes_without_arguments(self) -> None:
        """Opens, as operations, every page whose address needs no sample."""
        self.sign_in(OPERATIONS)
        for rule in self.readable():
            if not rule.arguments:
                answer = self.client.get(rule.rule)
                assert answer.status_code < 500 or rule.endpoint == "signin.start", f"GET {rule} fails"
                self.opened.add(rule.rule)

    def readable(self) -> list[Rule]:
        """Returns every route that answers GET."""
        return [rule for rule in self.app.url_map.iter_rules() if "GET" in (rule.methods or ())]

    def rendered(self) -> set[str]:
        """Returns the name of every template that was used: whole pages, layouts, includes and macro files."""
        assert self.app.jinja_env.cache is not None
        return {name for _, name in self.app.jinja_env.cache}
