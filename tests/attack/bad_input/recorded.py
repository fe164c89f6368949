"""Every route with a real address, real rows behind it and the session of somebody who may open it.

They are taken from the journeys through all pages, which the architecture tests keep complete: a route that is added
is attacked from its first day.
"""

import re
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Flask, request, session
from flask.testing import FlaskClient
from sqlalchemy import Connection, event
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from shared.clock import utc_now
from shared.db import Database
from shared.service import Service
from shared.settings import load
from shared.web.person import PERSON, SignedIn, new_session
from tests.architecture.journeys import Journey
from tests.architecture.sample_pages import WAYS

FIELD = re.compile(r'\bname="([^"]+)"|[?&;]([a-z_]+)=')
PROTOCOL = {
    *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "max_age", "claims"),
    *("code_challenge", "code_challenge_method", "request", "request_uri", "id_token_hint", "post_logout_redirect_uri"),
    *("grant_type", "code", "code_verifier", "client_secret", "access_token", "response_mode", "login_hint", "error"),
    *("ui_locales", "next", "logout_hint", "_method", "page", "before", "after"),
}
"""Names that no form of ours holds, but clients of OpenID Connect, frameworks and curious people send."""


@dataclass(frozen=True)
class Visit:
    """One request of the journey: who opened what."""

    method: str
    path: str
    endpoint: str
    cookie: dict[str, Any]


@dataclass
class Target:
    """A service's app after the journey: its visits, the names of its fields, its database."""

    app: Flask
    database: Database
    visits: list[Visit] = field(default_factory=list)
    names: set[str] = field(default_factory=lambda: set(PROTOCOL))
    stored: list[str] = field(default_factory=list)

    def as_in(self, visit: Visit) -> FlaskClient:
        """Returns a browser in which the same person has just signed in, with all else that the visit's cookie held."""
        client = self.app.test_client()
        person = visit.cookie.get(PERSON)
        # A session of its own: the attack on signing out must not end those of the other attacks.
        fresh = new_session(SignedIn(**person), utc_now()) if person else {}
        with client.session_transaction() as cookie:
            cookie.update(visit.cookie | fresh)
        return client

    def send(self, visit: Visit, method: str | None = None, path: str | None = None, **more: Any) -> TestResponse:
        return self.as_in(visit).open(path or visit.path, method=method or visit.method, **more)

    def watch(self) -> None:
        """Notes every change that is committed, in `stored`."""
        pending: list[str] = []

        @event.listens_for(self.database.engine, "after_cursor_execute")
        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
                pending.append(statement)

        @event.listens_for(self.database.engine, "rollback")
        def forget(_connection: Connection) -> None:
            pending.clear()

        @event.listens_for(self.database.engine, "commit")
        def keep(_connection: Connection) -> None:
            self.stored += pending
            pending.clear()


def recorded(service: Service, environ: dict[str, str], database: Database) -> Target:
    """Goes through the service's pages and returns what to attack: each route once, with the fields of all forms."""
    app: Flask = service.load(service.app)(load(service.load(service.settings), environ), database)
    target = Target(app, database)
    seen: dict[tuple[str, str], Visit] = {}

    @app.after_request
    def record(answer: Response) -> Response:
        if request.endpoint and answer.status_code < 500:
            visit = Visit(request.method, request.path, request.endpoint, dict(session))
            # A visit that went well leads deeper into the view than one that was refused.
            if answer.status_code < 400 or (visit.method, visit.endpoint) not in seen:
                seen[visit.method, visit.endpoint] = visit
        if answer.mimetype == "text/html":
            target.names.update(one or other for one, other in FIELD.findall(answer.get_data(as_text=True)))
        return answer

    WAYS[service.name](Journey(app, database), environ)
    app.after_request_funcs[None].remove(record)
    target.visits = [*seen.values(), *_unseen(app, seen)]
    # What a forged request meets has tests of its own; here the views themselves are attacked.
    app.config["WTF_CSRF_ENABLED"] = False
    target.watch()
    return target


def _unseen(app: Flask, seen: dict[tuple[str, str], Visit]) -> list[Visit]:
    """Returns a visit for each route that takes forms and that the journey did not send one to."""
    found = []
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if (method, rule.endpoint) not in seen:
                found.append(_beside(rule.rule, rule.endpoint, method, seen))
    return found


def _beside(rule: str, endpoint: str, method: str, seen: dict[tuple[str, str], Visit]) -> Visit:
    """Returns the visit with the arguments and the session of one that was seen on a route of the same beginning."""
    first, _, rest = rule.partition(">")
    pattern = re.compile(re.sub(r"<[^>]+>", "([^/]+)", f"{first}>"))
    for visit in seen.values() if "<" in rule else ():
        if match := pattern.match(visit.path):
            return Visit(method, match[0] + _filled(rest), endpoint, visit.cookie)
    anybody = max(seen.values(), key=lambda visit: len(visit.cookie))
    return Visit(method, _filled(rule), endpoint, anybody.cookie)


def _filled(rule: str) -> str:
    """Returns a path of the rule that leads to no row."""
    return re.sub(r"<[^>]+>", "x", re.sub(r"<uuid:[^>]+>", str(UUID(int=1)), rule))
