"""Sessions: what a copy of a cookie is worth, how long, and after a change of keys."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, session
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from approval_svc.use_cases.follow_closed_account import follow_closed_account
from notify_svc.use_cases.close_account import close_account as notify_closes
from request_svc.use_cases.close_account import close_account as request_closes
from shared.clock import utc_now
from shared.contracts import AccountClosed, Person
from shared.db import Database
from shared.ids import new_id
from shared.messaging.envelope import Envelope
from shared.web.ended_sessions import end, ended_sessions
from shared.web.person import begin_session, new_session
from tests.approval_svc.factories import LIFETIME
from tests.attack.access import rows
from tests.attack.access.conftest import Place, make_app
from tests.attack.access.people import OPERATOR, SIGNED_IN, browser_of
from tests.conftest import fresh_database
from tests.pages import heading, sign_in

OPENED = {
    "request_svc": "/my-profile",
    "approval_svc": "/my-approvals",
    "notify_svc": "/templates",
    "identity_svc": "/account",
}
"""A page of each service that needs sign-in."""
LEFT = {"identity_svc": "/logout/confirmed"}


@pytest.fixture
def owner(place: Place) -> FlaskClient:
    place.app.config["WTF_CSRF_ENABLED"] = False
    return browser_of(place.app, place.database, OPERATOR)


def copy_of(browser: FlaskClient, app: Flask) -> FlaskClient:
    """Returns another browser with the same cookie."""
    cookie = browser.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie(cookie.key, cookie.value)
    return thief


def is_signed_in(browser: FlaskClient, app: Flask) -> bool:
    return browser.get(OPENED[app.name]).status_code == 200


def test_a_copied_cookie_is_worth_nothing_after_its_owner_has_signed_out(place: Place, owner: FlaskClient) -> None:
    thief = copy_of(owner, place.app)
    assert is_signed_in(owner, place.app)
    assert is_signed_in(thief, place.app)
    owner.post(LEFT.get(place.app.name, "/sign-out"))
    for _ in range(3):
        # A page for everybody makes the cookie younger, and must not bring it back to life.
        thief.get("/healthz")
        assert not is_signed_in(thief, place.app)
    assert not is_signed_in(owner, place.app)


def test_nothing_that_was_in_a_session_before_sign_in_lives_on(place: Place) -> None:
    if place.app.name == "identity_svc":
        return  # shown in tests/identity_svc/test_sessions.py
    with place.app.test_request_context():
        session["csrf_token"] = "known to a stranger"
        begin_session(SIGNED_IN[OPERATOR], utc_now())
        assert set(session) == {"person", "session_id", "signed_in_at", "_permanent"}


def test_signing_out_ends_no_other_session(place: Place, owner: FlaskClient) -> None:
    elsewhere = browser_of(place.app, place.database, OPERATOR)
    owner.post(LEFT.get(place.app.name, "/sign-out"))
    assert is_signed_in(elsewhere, place.app)


def test_a_session_of_a_version_without_ids_asks_for_sign_in(place: Place, owner: FlaskClient) -> None:
    with owner.session_transaction() as kept:
        del kept["session_id"]
    assert not is_signed_in(owner, place.app)


def test_a_session_ends_for_its_age_however_busy(place: Place, owner: FlaskClient) -> None:
    with owner.session_transaction() as kept:
        kept["signed_in_at"] = (utc_now() - timedelta(minutes=590)).timestamp()
    assert is_signed_in(owner, place.app)
    with owner.session_transaction() as kept:
        kept["signed_in_at"] = (utc_now() - timedelta(minutes=721)).timestamp()
    assert not is_signed_in(owner, place.app)


def around(message: AccountClosed) -> Envelope:
    return Envelope.around(message, correlation_id=new_id(), cause=None, now=message.closed_at)


CLOSING: dict[str, Callable[[Session, AccountClosed], None]] = {
    "request_svc": lambda session, message: request_closes(session, message, message.closed_at),
    "approval_svc": lambda session, message: follow_closed_account(session, message, LIFETIME, message.closed_at),
    "notify_svc": lambda session, message: notify_closes(session, message, around(message), message.closed_at),
}
"""What each service does when it hears that an account was closed; identity_svc closes it
(tests/identity_svc/test_login.py)."""


def test_every_session_of_a_closed_account_ends_whoever_it_is(place: Place, owner: FlaskClient) -> None:
    if place.app.name not in CLOSING:
        return
    opened = utc_now()
    somebody_else = place.app.test_client()
    sign_in(somebody_else, replace(SIGNED_IN[OPERATOR], user_id="another.operator"))
    assert is_signed_in(owner, place.app)
    gone = SIGNED_IN[OPERATOR]
    message = AccountClosed(account=Person(user_id=gone.user_id, name=gone.name, email=gone.email), closed_at=opened)
    for _ in range(2):  # a message that comes again changes nothing
        with place.database.transaction() as session:
            CLOSING[place.app.name](session, message)
        assert not is_signed_in(owner, place.app)
    assert is_signed_in(somebody_else, place.app)


def test_an_ended_session_is_remembered_as_long_as_it_could_live(place: Place) -> None:
    now, first, second = utc_now(), *(new_session(SIGNED_IN[OPERATOR], utc_now()) for _ in range(2))

    def remembered() -> Any:
        with place.database.reading() as reading:
            return reading.scalar(select(func.count()).select_from(ended_sessions))

    for held, at in ((first, now), (second, now + timedelta(hours=11))):
        with place.database.transaction() as writing:
            end(writing, held["session_id"], now + timedelta(hours=12), at)
    assert remembered() == 2
    with place.database.transaction() as writing:
        end(writing, new_session(SIGNED_IN[OPERATOR], now)["session_id"], now, now + timedelta(hours=12))
    assert remembered() == 1


# ── Keys that change ────────────────────────────────────────────────────────────────────────────────

OLD, NEW = "o" * 40, "n" * 40


@pytest.fixture
def database(environ: dict[str, str]) -> Iterator[Database]:
    yield from fresh_database("approval_svc", environ)


def test_session_keys_rotate_without_anybody_being_signed_out(environ: dict[str, str], database: Database) -> None:
    def app(*keys: str) -> Flask:
        return make_app("approval_svc", environ | {"APPROVAL_SVC_SECRET_KEYS": ",".join(keys)}, database)

    rows.approval_svc(database)
    before = browser_of(app(OLD), database, OPERATOR)
    first_copy, second_copy, last = app(OLD, NEW), app(NEW, OLD), app(NEW)

    # Step 1: every copy of the process reads both. A cookie that one of step 2 signed works here too.
    of_the_new_key = browser_of(second_copy, database, OPERATOR)
    assert is_signed_in(copy_of(before, first_copy), first_copy)
    assert is_signed_in(copy_of(of_the_new_key, first_copy), first_copy)
    # Step 2: the new key signs; sessions of the old one go on, and are signed anew with every page.
    moved = copy_of(before, second_copy)
    with moved.session_transaction() as kept:
        kept.permanent = True
    assert is_signed_in(moved, second_copy)
    # Step 3: after the longest time without a page only the new key is left.
    assert is_signed_in(copy_of(moved, last), last)
    assert not is_signed_in(copy_of(before, last), last)


def test_while_the_database_is_away_the_page_says_so_to_those_signed_in_too(
    environ: dict[str, str], database: Database
) -> None:
    away = Database("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    app = make_app("approval_svc", environ, away)
    page = browser_of(app, away, OPERATOR).get("/my-approvals")
    assert page.status_code == 503
    assert heading(page) == "Not available for a moment"
