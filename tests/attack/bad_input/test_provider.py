"""Protocol requests to the sign-in service that are good but for one parameter, or for a header."""

import base64
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from identity_svc.app import create_app
from identity_svc.settings import Settings
from shared.clock import utc_now
from shared.db import Database
from shared.settings import load
from tests.attack.bad_input.hostile import RAW_QUERIES, VALUES
from tests.conftest import fresh_database
from tests.identity_svc.factories import CLIENT_SECRET, PASSWORD, new_account
from tests.identity_svc.walker import CHALLENGE
from tests.pages import token_of

CALLBACK = "http://127.0.0.1:8001/sign-in/callback"
AUTHORIZATION = {
    "response_type": "code",
    "client_id": "request_svc",
    "redirect_uri": CALLBACK,
    "scope": "openid",
    "state": "s",
    "nonce": "n",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "prompt": "none",
    "max_age": "60",
}
CREDENTIALS = {"grant_type": "authorization_code", "client_id": "request_svc", "client_secret": CLIENT_SECRET}


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def database(settings_environ: dict[str, str]) -> Iterator[Database]:
    for database in fresh_database("identity_svc", settings_environ):
        with database.transaction() as session:
            session.add(new_account(now=utc_now()))
        yield database


@pytest.fixture(scope="module")
def angela(
    database: Database, settings_environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> FlaskClient:
    """A browser in which somebody is signed in at the sign-in service."""
    client = {"client_id": "request_svc", "client_secret": CLIENT_SECRET, "redirect_uris": [CALLBACK]}
    clients = tmp_path_factory.mktemp("clients") / "clients.json"
    clients.write_text(json.dumps([client | {"post_logout_redirect_uris": []}]))
    environ = settings_environ | {"IDENTITY_SVC_CLIENTS_FILE": str(clients), "RATE_LIMIT_URL": "memory://"}
    browser = create_app(load(Settings, environ), database).test_client()
    form = {"user_id": "sagu.walk", "password": PASSWORD, "csrf_token": token_of(browser.get("/login"))}
    assert browser.post("/login", data=form).status_code == 303
    return browser


@pytest.mark.parametrize("name", [*AUTHORIZATION, "response_mode", "request", "request_uri", "claims", "id_token_hint"])
def test_an_authorization_request_with_one_hostile_parameter(angela: FlaskClient, name: str) -> None:
    """It ends at the registered address of the client or at a page of ours, and nowhere else."""
    for value in VALUES.values():
        for query in (AUTHORIZATION | {name: value}, [*AUTHORIZATION.items(), (name, value)]):
            answer = angela.get("/authorize", query_string=query)
            assert answer.status_code in (302, 303, 400), (value[:40], answer.status)
            ours = urlsplit(str(answer.location or "/"))
            assert f"{ours.scheme}://{ours.netloc}{ours.path}" == CALLBACK or not ours.netloc
            assert "5332114" not in answer.text
            assert not set("\r\n") & set("".join(value for _, value in answer.headers))


@pytest.mark.parametrize("raw", RAW_QUERIES.values(), ids=RAW_QUERIES)
def test_an_authorization_request_in_no_known_encoding(angela: FlaskClient, raw: str) -> None:
    query = "&".join(f"{name}={value}" for name, value in AUTHORIZATION.items() if name != "state")
    assert angela.get(f"/authorize?{query}&state={raw}&nonce={raw}").status_code in (302, 303, 400)


@pytest.mark.parametrize(
    "seconds", ["9" * 5000, "9" * 11, "-1", "1e3", "\N{SUPERSCRIPT TWO}", "\N{ARABIC-INDIC DIGIT ONE}"]
)
def test_an_age_that_is_no_number_of_seconds_is_refused(angela: FlaskClient, seconds: str) -> None:
    answer = angela.get("/authorize", query_string=AUTHORIZATION | {"max_age": seconds})
    assert "error=invalid_request" in str(answer.location)


@pytest.mark.parametrize(
    "authorization",
    [
        *("Basic !!!!", f"Basic {base64.b64encode(bytes([255, 254, 58])).decode()}", "Basic", "Bearer", "Bearer a b c"),
        *(
            f"Basic {base64.b64encode(b'request_svc').decode()}",
            "Bearer " + "x" * 9000,
            "Digest x",
            "\xff",
            "Basic " * 500,
        ),
    ],
)
def test_credentials_that_are_none(angela: FlaskClient, authorization: str) -> None:
    headers = {"Authorization": authorization}
    for answer in (
        angela.post("/token", data={"grant_type": "authorization_code", "code": "x"}, headers=headers),
        angela.get("/userinfo", headers=headers),
        angela.post("/userinfo", data={"access_token": "x\0"}, headers=headers),
    ):
        assert answer.status_code in (400, 401), answer.status
        assert answer.get_json()["error"]


@pytest.mark.parametrize("name", ["grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret"])
def test_a_token_request_with_one_hostile_parameter(angela: FlaskClient, name: str) -> None:
    for value in VALUES.values():
        for form in (CREDENTIALS | {"code": "x", name: value}, CREDENTIALS | {name: [value, value]}):
            answer = angela.post("/token", data=form)
            assert answer.status_code in (400, 401), (value[:40], answer.status)
            assert answer.get_json()["error"]


@pytest.mark.parametrize(
    "hint",
    [
        *(f"{encoded(b'[' * 2000)}.e30.x", f"e30.{encoded(b'[' * 2000)}.x", "a.b.c", "...", "\0", "e30.e30.e30"),
        *(f"{encoded(header)}.e30.e30" for header in (b"[]", b"5", b'{"alg":"none"}', b'{"alg":["RS256"]}', b"\xff")),
        *(f"{encoded(header)}.e30.e30" for header in (b'{"alg":"RS256","kid":[1]}', b'{"alg":"RS256","crit":5}')),
    ],
)
def test_leaving_with_a_hint_that_is_no_token_asks_the_person(angela: FlaskClient, hint: str) -> None:
    answer = angela.get(
        "/logout", query_string={"id_token_hint": hint, "post_logout_redirect_uri": "https://evil.example"}
    )
    assert answer.status_code == 200
    assert "Log out" in answer.text
