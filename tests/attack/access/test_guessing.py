"""Guessing passwords, user IDs and links."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from identity_svc.tables import Account
from identity_svc.use_cases.unlock_account import unlock_account
from shared import links
from shared.clock import utc_now
from shared.db import Database
from tests.attack.access.conftest import make_app
from tests.attack.access.rows import official_named, put_before_loretta_and_marcus, token
from tests.identity_svc.factories import PASSWORD, new_account
from tests.pages import token_of, words

GUESS = "Guessed7Password77"
HOME, CAFE = "198.51.100.1", "203.0.113.9"


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    return environ | {
        "IDENTITY_SVC_LOGIN_FAILURES_BY_ADDRESS": "6 per hour",
        "APPROVAL_SVC_BAD_LINKS_BY_ADDRESS": "3 per minute",
    }


@pytest.fixture
def provider(environ: dict[str, str], identity_database: Database) -> Flask:
    with identity_database.transaction() as session:
        for number in range(9):
            session.add(new_account(now=utc_now(), user_id=f"official.{number}"))
    return make_app("identity_svc", environ, identity_database)


def log_in(app: Flask, user_id: str, password: str, address: str, **headers: str) -> int:
    browser: FlaskClient = app.test_client()
    form = {"user_id": user_id, "password": password, "csrf_token": token_of(browser.get("/login"))}
    return browser.post("/login", data=form, environ_base={"REMOTE_ADDR": address}, headers=headers).status_code


def test_one_password_tried_with_many_user_ids_is_stopped_where_it_comes_from(provider: Flask) -> None:
    tried = [log_in(provider, f"official.{number}", GUESS, CAFE) for number in range(8)]
    assert tried == [400] * 6 + [429] * 2
    assert log_in(provider, "official.8", PASSWORD, HOME) == 303


def test_right_passwords_are_no_guesses(provider: Flask) -> None:
    tried = [log_in(provider, f"official.{number}", PASSWORD, CAFE) for number in range(8)]
    assert tried == [303] * 8


def test_guesses_from_many_addresses_lock_the_account_for_a_while(provider: Flask, identity_database: Database) -> None:
    for number in range(5):
        log_in(provider, "official.1", GUESS, f"203.0.113.{number}")
    assert log_in(provider, "official.1", PASSWORD, HOME) == 400
    with identity_database.transaction() as session:
        account = session.query(Account).filter_by(user_id="official.1").one()
        assert account.attempts.locked(utc_now())
        assert not account.attempts.locked(utc_now() + timedelta(minutes=15))
        unlock_account(session, "official.1", utc_now())
    assert log_in(provider, "official.1", PASSWORD, HOME) == 303


def test_an_address_that_a_stranger_claims_does_not_count(provider: Flask) -> None:
    for number in range(6):
        log_in(provider, f"official.{number}", GUESS, CAFE, **{"X-Forwarded-For": f"192.0.2.{number}"})
    assert log_in(provider, "official.7", GUESS, CAFE, **{"X-Forwarded-For": "192.0.2.77"}) == 429


def test_behind_a_proxy_the_address_that_it_saw_counts(environ: dict[str, str], identity_database: Database) -> None:
    app = make_app("identity_svc", environ | {"TRUSTED_PROXIES": "1"}, identity_database)
    for _ in range(6):
        log_in(app, "nobody.here", GUESS, "10.0.0.1", **{"X-Forwarded-For": f"{HOME}, {CAFE}"})
    assert log_in(app, "somebody.else", GUESS, "10.0.0.1", **{"X-Forwarded-For": f"{HOME}, {CAFE}"}) == 429
    assert log_in(app, "somebody.else", GUESS, "10.0.0.1", **{"X-Forwarded-For": HOME}) == 400


def test_whoever_guesses_links_is_told_to_wait_and_an_official_beside_them_is_not(
    environ: dict[str, str], approval_database: Database
) -> None:
    app = make_app("approval_svc", environ, approval_database)
    with approval_database.transaction() as session:
        approval = put_before_loretta_and_marcus(session)
        good = links.path(token(approval, official_named(session, "loretta")))
    answers = [app.test_client().get(f"{good[:-number]}") for number in range(1, 6)]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert "Too many" in words(answers[-1])
    for _ in range(5):
        assert app.test_client().get(good).status_code == 200
    elsewhere = app.test_client().get(f"{good}x", environ_base={"REMOTE_ADDR": HOME})
    assert elsewhere.status_code == 404
