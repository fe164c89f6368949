"""What every answer says besides its page: headers and cookies, on pages, files, errors and redirects alike."""

from collections.abc import Iterator

import pytest
from flask import abort
from werkzeug.test import TestResponse

from shared.db import Database
from shared.web.access import public
from tests.attack.access import rows
from tests.attack.access.conftest import Place, attacked, make_app
from tests.attack.access.people import NOBODY, OFFICIAL, OPERATOR, browser_of
from tests.attack.access.table import TABLE
from tests.conftest import fresh_database

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PREVIEW = "/templates/<name>/html"
"""A mail as a mail reader shows it, in a frame that may run nothing: the one page with inline styles."""
DEAD_LETTER = "/operations/dead-letters/<uuid:message_id>"
"""Shows operations why a message failed, with its traceback."""
INSIDE = ("Traceback", "werkzeug", "sqlalchemy", "ZeroDivisionError")
CACHED = {"/.well-known/openid-configuration", "/jwks.json"}
"""What is the same for everybody and asked for often."""


Answers = list[tuple[str, TestResponse]]


@pytest.fixture(scope="module", params=list(TABLE))
def answers(request: pytest.FixtureRequest, settings_environ: dict[str, str]) -> Iterator[Answers]:
    """One answer for each route and each kind of error, to nobody and to people who have a session."""
    environ = attacked(settings_environ)
    for database in fresh_database(request.param, environ):
        place = Place(make_app(request.param, environ, database), database, rows.MAKE[request.param](database))
        _add_errors(place)
        yield [each for kind in (NOBODY, OFFICIAL, OPERATOR) for each in _answers_to(place, kind)]


def _answers_to(place: Place, kind: str) -> Iterator[tuple[str, TestResponse]]:
    browser = browser_of(place.app, place.database, kind)
    with browser.session_transaction() as session:
        session.permanent = True
    for method, rule in TABLE[place.app.name]:
        path = place.path(rule)
        yield rule, browser.post(path) if method == "POST" else browser.get(path)
    for path in ("/nowhere", "/healthz/", "/attack/418", "/attack/500", "/attack/503"):
        yield path, browser.get(path)
    yield "method", browser.delete("/healthz")
    yield "host", browser.get("/", headers={"Host": "evil.example"})


def _add_errors(place: Place) -> None:
    @place.app.get("/attack/<int:code>")
    @public("the test needs one")
    def attack(code: int) -> str:
        if code == 500:
            raise ZeroDivisionError
        abort(code)


def test_every_answer_has_the_headers(answers: Answers) -> None:
    for where, answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE, where
        assert "default-src 'none'" in policy, where
        assert "frame-ancestors" in policy, where
        if where != PREVIEW or answer.status_code != 200:
            assert "unsafe" not in policy, where
            assert "base-uri 'none'" in policy, where
            assert "form-action 'self'" in policy, where
            assert answer.headers["X-Frame-Options"] == "DENY", where
        assert "Strict-Transport-Security" not in answer.headers, "the address is http"


def test_nothing_personal_may_be_kept_by_a_cache(answers: Answers) -> None:
    for where, answer in answers:
        if where in CACHED or (where.startswith("/assets/") and answer.status_code == 200):
            assert "Set-Cookie" not in answer.headers, where
        else:
            assert answer.headers["Cache-Control"] == "no-store", where


def test_no_answer_tells_what_it_was_made_with(answers: Answers) -> None:
    for where, answer in answers:
        told = {"X-Powered-By", "Server", "X-AspNet-Version"} & set(answer.headers.keys())
        assert not told, where
        words = () if where == DEAD_LETTER and answer.status_code == 200 else INSIDE
        assert not [word for word in words if word in answer.text], where


def test_no_page_has_a_script_or_style_of_its_own(answers: Answers) -> None:
    for where, answer in answers:
        if answer.mimetype == "text/html" and where != PREVIEW:
            for inline in ("<style", " style=", " onclick=", " onload=", "javascript:", "<script>"):
                assert inline not in answer.text, where


@pytest.fixture
def behind_tls(environ: dict[str, str], approval_database: Database) -> Place:
    environ = environ | {"APPROVAL_SVC_PUBLIC_URL": "https://approval.example"}
    app = make_app("approval_svc", environ, approval_database)
    return Place(app, approval_database, rows.approval_svc(approval_database))


def test_with_tls_the_cookie_is_bound_to_the_host_and_nothing_goes_without_tls(behind_tls: Place) -> None:
    browser = behind_tls.app.test_client()
    answer = browser.get("/sign-in", base_url="https://approval.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-approval_svc=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain=" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_without_tls_the_cookie_is_still_kept_from_scripts_and_other_sites(place: Place) -> None:
    path = "/login" if place.app.name == "identity_svc" else "/sign-in"
    cookie = place.app.test_client().get(path).headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert cookie.startswith(f"{place.app.name}=")
