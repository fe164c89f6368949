"""Requests that another site makes a browser send, hosts that are not ours, and addresses that lead elsewhere."""

import json
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import text

from shared.db import Database
from tests.attack.access.conftest import Place, make_app
from tests.attack.access.people import KINDS, NOBODY, REQUESTER, browser_of
from tests.attack.access.rows import picture
from tests.attack.access.table import REFUSALS, TABLE, Route
from tests.identity_svc.factories import CLIENT_SECRET

WITHOUT_TOKEN = {
    ("POST", "/token"): "asked by servers; the client authenticates with its secret, and no cookie is read",
    ("POST", "/userinfo"): "asked by servers with an access token; no cookie is read",
    ("POST", "/authorize"): "turned into the same request by GET, which changes nothing",
    ("POST", "/bounces/<provider>"): "told by mail providers' servers; each proves itself, and no cookie is read",
    ("POST", "/logout"): "turned into the same request by GET, which asks the person unless the client proves itself",
}
"""Every route that takes a POST without the token of a form, and why that is safe."""


def may(place: Place, route: Route) -> str:
    """Returns a kind of person who may send it."""
    return next(kind for kind in reversed(KINDS) if TABLE[place.app.name][route][kind] not in REFUSALS)


def token_in(browser: FlaskClient, app: Flask) -> str:
    """Returns the token that forms in this browser carry, as after any page with a form."""
    with browser.session_transaction() as session:
        raw = session.setdefault("csrf_token", secrets.token_hex(20))
    return str(URLSafeTimedSerializer(str(app.secret_key), salt="wtf-csrf-token").dumps(raw))


def protected(place: Place) -> list[Route]:
    return [route for route in sorted(TABLE[place.app.name]) if route[0] == "POST" and route not in WITHOUT_TOKEN]


@pytest.mark.parametrize("token", ["none", "made up", "another's"])
def test_every_form_is_refused_without_the_token_of_its_own_browser(place: Place, token: str) -> None:
    for route in protected(place):
        victim = browser_of(place.app, place.database, may(place, route))
        token_in(victim, place.app)
        sent = {"none": "", "made up": "IjU1NSI.x.y", "another's": token_in(place.app.test_client(), place.app)}
        before = picture(place.database)
        for form in place.forms(route):
            answer = victim.post(place.path(route[1]), data=form | {"csrf_token": sent[token]})
            assert answer.status_code == 400, route
            assert "This page has expired" in answer.text, route
        assert picture(place.database) == before, route


def test_the_token_of_the_same_browser_is_accepted(place: Place) -> None:
    """The test above would hold for an app that refuses every form."""
    for route in protected(place):
        browser = browser_of(place.app, place.database, may(place, route))
        answer = browser.post(place.path(route[1]), data={"csrf_token": token_in(browser, place.app)})
        assert "This page has expired" not in answer.text, route


def test_what_needs_no_token_reads_no_cookie_and_changes_nothing(place: Place) -> None:
    exempt = {route for route in TABLE[place.app.name] if route in WITHOUT_TOKEN}
    for route in exempt:
        before = picture(place.database)
        alone = browser_of(place.app, place.database, NOBODY).post(place.path(route[1]))
        signed_in = browser_of(place.app, place.database, REQUESTER).post(place.path(route[1]))
        assert (alone.status_code, alone.location) == (signed_in.status_code, signed_in.location), route
        assert picture(place.database) == before
    marked = place.app.extensions["csrf"]._exempt_views
    assert len(marked) == len(exempt)


# ── Hosts ───────────────────────────────────────────────────────────────────────────────────────────

FOREIGN = [
    {"Host": "evil.example"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "evil.example:8001"},
    {"Host": "127.0.0.1@evil.example"},
]
UNTRUSTED = [
    {"X-Forwarded-Host": "evil.example"},
    {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "X-Forwarded-Port": "444"},
    {"Forwarded": "host=evil.example;proto=https"},
    {"X-Original-URL": "/operations", "X-Rewrite-URL": "/operations"},
    {"X-HTTP-Method-Override": "POST"},
]


def test_a_foreign_host_is_answered_with_nothing(place: Place) -> None:
    for headers in FOREIGN:
        for path in ("/", "/sign-in", "/login", "/nowhere"):
            answer = place.app.test_client().get(path, headers=headers)
            assert answer.status_code == 400, headers
            assert "evil" not in answer.text + str(answer.headers), headers


def test_what_a_stranger_claims_to_have_forwarded_is_not_believed(place: Place) -> None:
    for (method, rule), line in TABLE[place.app.name].items():
        for headers in UNTRUSTED if method == "GET" else []:
            answer = place.app.test_client().get(place.path(rule), headers=headers)
            assert answer.status_code in (line[NOBODY], 302), (rule, headers)
            assert "evil.example" not in answer.text + str(answer.headers), (rule, headers)


def test_behind_a_trusted_proxy_a_foreign_host_is_refused_too(
    environ: dict[str, str], approval_database: Database
) -> None:
    app = make_app("approval_svc", environ | {"TRUSTED_PROXIES": "1"}, approval_database)
    answer = app.test_client().get("/", headers={"X-Forwarded-Host": "evil.example"})
    assert answer.status_code == 400


# ── Addresses that lead elsewhere ───────────────────────────────────────────────────────────────────

ELSEWHERE = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\n//evil.example",
    " //evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/x\r\nLocation: https://evil.example",
    "http://127.0.0.1:8001@evil.example",
]


def stays(location: str) -> bool:
    """Whether a browser that follows it from one of our pages stays with us."""
    parts = urlsplit(location)
    return not parts.scheme and not parts.netloc and location.startswith("/") and location[1:2] not in ("/", "\\")


def test_after_sign_in_nobody_is_led_elsewhere(environ: dict[str, str], approval_database: Database) -> None:
    browser = make_app("approval_svc", environ, approval_database).test_client()
    for target in ELSEWHERE:
        browser.get("/sign-in", query_string={"next": target})
        with browser.session_transaction() as session:
            assert stays(session["next"]), target


@pytest.fixture
def provider(environ: dict[str, str], identity_database: Database, tmp_path: Path) -> FlaskClient:
    clients = tmp_path / "clients.json"
    client = {"client_id": "request_svc", "client_secret": CLIENT_SECRET}
    client |= {"redirect_uris": [f"{OURS}/sign-in/callback"], "post_logout_redirect_uris": [f"{OURS}/signed-out"]}  # type: ignore[dict-item]  # lists beside texts
    clients.write_text(json.dumps([client]))
    return make_app(
        "identity_svc", environ | {"IDENTITY_SVC_CLIENTS_FILE": str(clients)}, identity_database
    ).test_client()


OURS = "https://request.example"
NEARLY_OURS = [
    "https://evil.example/sign-in/callback",
    f"{OURS}/sign-in/callback/",
    f"{OURS}/sign-in/callback?x=1",
    f"{OURS}/sign-in/callback#x",
    f"{OURS}/sign-in/callback/../../evil",
    f"{OURS}/sign-in/CALLBACK",
    f"{OURS}.evil.example/sign-in/callback",
    f"{OURS}@evil.example/sign-in/callback",
    f"{OURS}:443/sign-in/callback",
    "http://request.example/sign-in/callback",
    "//request.example/sign-in/callback",
]


def test_the_provider_sends_nobody_to_an_address_that_is_not_registered(provider: FlaskClient) -> None:
    for uri in (*NEARLY_OURS, *ELSEWHERE):
        wanted = {"client_id": "request_svc", "response_type": "code", "scope": "openid", "redirect_uri": uri}
        answer = provider.get("/authorize", query_string=wanted)
        assert answer.status_code == 400, uri
        assert "Location" not in answer.headers, uri


def test_logging_out_leads_to_no_address_that_is_not_registered(provider: FlaskClient) -> None:
    for uri in (*NEARLY_OURS, *ELSEWHERE):
        answer = provider.get("/logout", query_string={"post_logout_redirect_uri": uri, "client_id": "request_svc"})
        assert stays(answer.headers.get("Location", "/")), uri


def test_the_login_page_leads_nowhere_else(provider: FlaskClient) -> None:
    for target in ELSEWHERE:
        page = provider.get("/login", query_string={"next": target}).text
        assert stays(page.partition('name="next" value="')[2].partition('"')[0]), target


def test_no_table_keeps_a_link(place: Place) -> None:
    """What is stored can leak; a link is minted when its mail is rendered."""
    if "token" not in place.ids:
        return
    with place.database.reading() as session:
        for table in session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all():
            stored = session.execute(text(f"SELECT string_agg(t::text, ',') FROM \"{table}\" t")).scalar() or ""
            assert place.ids["token"] not in stored
