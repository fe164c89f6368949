"""The login page: who gets in, who does not, and what each learns."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from identity_svc import passwords
from identity_svc.app import create_app
from identity_svc.domain.lockout import LockRule
from identity_svc.settings import Settings
from identity_svc.tables import Account
from identity_svc.use_cases.set_password import set_password
from identity_svc.use_cases.sign_in import sign_in
from identity_svc.worker import HANDLERS
from shared import settings as shared_settings
from shared.clock import utc_now
from shared.contracts import NoticeFailed
from shared.db import Database
from shared.ids import new_id
from shared.messaging import inbox
from shared.messaging.envelope import Envelope
from shared.messaging.tables import outbox
from tests.identity_svc.factories import PASSWORD, new_account
from tests.pages import token_of

RULE = LockRule(after=5, span=timedelta(minutes=15))
REFUSED = "The user ID or the password is not correct."


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def log_in(client: FlaskClient, user_id: str = "sagu.walk", password: str = PASSWORD, **form: str) -> Any:
    token = token_of(client.get("/login"))
    return client.post("/login", data={"csrf_token": token, "user_id": user_id, "password": password, **form})


def account_of(database: Database) -> Account:
    with database.reading() as session:
        return session.scalars(select(Account)).one()


def test_the_page_says_what_figure_5_shows(client: FlaskClient) -> None:
    page = client.get("/login").text

    for words in (
        "CMS.gov | HARP",
        "HCQIS Access Roles and Profile",
        "Enter your HARP, EIDM, or EUA credentials to log into HARP.",
        "Having trouble logging in?",
        "Sign Up",
    ):
        assert words in page


@pytest.mark.parametrize("path", ["/login/help", "/sign-up", "/terms", "/logged-out"])
def test_every_page_that_the_login_page_links_to_is_there(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 200


def test_the_right_password_leads_to_the_account_page(client: FlaskClient, angela: str) -> None:
    answer = log_in(client, " SAGU.Walk ")

    assert (answer.status_code, answer.location) == (303, "/account")
    assert "angela@health.alabama.example" in client.get("/account").text


def test_who_is_refused_does_not_learn_whether_the_account_exists(
    client: FlaskClient, angela: str, identity_database: Database
) -> None:
    wrong, unknown = log_in(client, password="Wrong7Password77"), log_in(client, "nobody.here")
    for _ in range(5):
        locked = log_in(client, password="Wrong7Password77")
    right_but_locked = log_in(client)

    assert account_of(identity_database).state(utc_now()) == "locked"
    for answer in (wrong, unknown, locked, right_but_locked):
        assert answer.status_code == 400
        assert answer.text.count(REFUSED) == 2
    typed_away = {page.text.replace("sagu.walk", "X").replace("nobody.here", "X") for page in (wrong, unknown)}
    assert len({re.sub(r'value="[^"]{60,}"', "", page) for page in typed_away}) == 1


def test_an_unknown_user_id_costs_as_much_work_as_a_wrong_password(
    identity_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    verify = PasswordHasher.verify

    def counting(self: PasswordHasher, hash: str, password: str) -> bool:
        verified.append(hash)
        return verify(self, hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", counting)
    with identity_database.transaction() as session:
        assert sign_in(session, "nobody.here", "x", RULE, utc_now()) is None

    assert len(verified) == 1


def test_what_was_typed_is_kept_but_for_the_password(client: FlaskClient) -> None:
    page = log_in(client, "nobody.here", "secret").text

    assert 'value="nobody.here"' in page
    assert "secret" not in page


def test_missing_fields_are_named(client: FlaskClient) -> None:
    page = log_in(client, "", "").text

    assert "Enter your user ID." in page
    assert "Enter your password." in page


def test_five_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour_and_its_holder_is_told(
    identity_database: Database, angela: str
) -> None:
    now = utc_now()
    with identity_database.transaction() as session:
        for _ in range(4):
            assert sign_in(session, angela, "wrong", RULE, now) is None
        assert session.scalars(select(outbox.c.type)).all() == []
        assert sign_in(session, angela, "wrong", RULE, now) is None
        assert sign_in(session, angela, PASSWORD, RULE, now + timedelta(minutes=14)) is None
        [message] = session.scalars(select(outbox.c.envelope)).all()
        assert sign_in(session, angela, PASSWORD, RULE, now + timedelta(minutes=15)) is not None

    assert message["type"] == "AccountLocked"
    assert message["data"]["account"]["user_id"] == angela


def test_the_right_password_in_between_begins_the_count_anew(identity_database: Database, angela: str) -> None:
    with identity_database.transaction() as session:
        for password in ["wrong"] * 4 + [PASSWORD] + ["wrong"] * 4 + [PASSWORD]:
            signed_in = sign_in(session, angela, password, RULE, utc_now())

    assert signed_in is not None


def test_a_hash_of_weaker_parameters_is_replaced_at_the_next_sign_in(identity_database: Database) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with identity_database.transaction() as session:
        session.add(new_account(now=utc_now(), password_hash=weak))
    with identity_database.transaction() as session:
        assert sign_in(session, "sagu.walk", PASSWORD, RULE, utc_now())

    assert not passwords.outdated(account_of(identity_database).password_hash)


def test_a_closed_account_gets_nobody_in(client: FlaskClient, identity_database: Database) -> None:
    with identity_database.transaction() as session:
        session.add(new_account(now=utc_now(), closed_at=utc_now()))

    assert log_in(client).status_code == 400


def test_signing_in_starts_a_fresh_session(client: FlaskClient, angela: str) -> None:
    with client.session_transaction() as planted:
        planted["planted"] = "by a stranger"
    client.get("/login")
    with client.session_transaction() as before:
        csrf = before["csrf_token"]

    log_in(client)

    with client.session_transaction() as after:
        assert "planted" not in after
        assert after.get("csrf_token") != csrf


def test_a_session_ends_with_a_new_password(client: FlaskClient, angela: str, identity_database: Database) -> None:
    log_in(client)
    with identity_database.transaction() as session:
        set_password(session, angela, "Another7Password77", utc_now())

    assert client.get("/account").status_code == 303


def test_a_session_ends_after_its_lifetime(environ: dict[str, str], identity_database: Database, angela: str) -> None:
    settings = shared_settings.load(Settings, environ | {"IDENTITY_SVC_SIGN_IN_MINUTES": "0.00001"})
    client = create_app(settings, identity_database).test_client()
    log_in(client)

    assert client.get("/account").status_code == 303


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_nobody_is_led_away_after_the_login(client: FlaskClient, angela: str, target: str) -> None:
    assert log_in(client, next=target).location == "/"


def test_a_form_from_elsewhere_is_refused(client: FlaskClient, angela: str) -> None:
    answer = client.post("/login", data={"user_id": angela, "password": PASSWORD})

    assert answer.status_code == 400
    assert "This page has expired" in answer.text


@pytest.mark.parametrize(
    ("variable", "user_ids"),
    [
        ("IDENTITY_SVC_LOGIN_RATE_BY_ADDRESS", ["first.person", "second.person", "third.person"]),
        ("IDENTITY_SVC_LOGIN_RATE_BY_USER_ID", ["one.person", "ONE.person", " one.person"]),
    ],
)
def test_too_many_tries_are_told_when_to_come_back(
    environ: dict[str, str], identity_database: Database, variable: str, user_ids: list[str]
) -> None:
    store = {"RATE_LIMIT_URL": environ["BROKER_URL"]}
    settings = shared_settings.load(Settings, environ | store | {variable: "2 per minute"})
    client = create_app(settings, identity_database).test_client()

    answers = [log_in(client, f"{user_id}") for user_id in user_ids]

    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert "Too many tries" in answers[-1].text


def test_people_can_still_log_in_while_the_store_of_counts_is_away(
    environ: dict[str, str], identity_database: Database, angela: str
) -> None:
    settings = shared_settings.load(Settings, environ | {"RATE_LIMIT_URL": "redis://127.0.0.1:9/0"})
    client = create_app(settings, identity_database).test_client()

    assert log_in(client).status_code == 303


def test_mail_that_could_not_be_delivered_shows_on_the_account_page(
    client: FlaskClient, angela: str, identity_database: Database
) -> None:
    for recipient in (angela, "somebody.else"):
        hear(identity_database, notice_failed(recipient))
    log_in(client)

    assert "Mail to you could not be delivered" in client.get("/account").text


def test_mail_to_an_official_says_nothing_about_the_address_of_the_account(
    client: FlaskClient, angela: str, identity_database: Database
) -> None:
    hear(identity_database, notice_failed(angela, "decision_wanted"))
    log_in(client)

    assert "could not be delivered" not in client.get("/account").text


def test_tries_that_ran_out_say_nothing_about_the_address_of_the_account(
    client: FlaskClient, identity_database: Database, angela: str
) -> None:
    hear(identity_database, replace(notice_failed(angela), permanent=False))
    log_in(client)

    assert "could not be delivered" not in client.get("/account").text


def hear(database: Database, message: NoticeFailed) -> None:
    """Lets the inbox take the message, as the worker does."""
    envelope = Envelope.around(message, correlation_id=new_id(), cause=None, now=utc_now())
    with database.transaction() as session:
        inbox.take(session, HANDLERS, [envelope.to_json()], utc_now())


def notice_failed(recipient: str, template: str = "approved") -> NoticeFailed:
    return NoticeFailed(
        permanent=True,
        notice_id=new_id(),
        template=template,
        recipient=recipient,
        request_id=None,
        approval_id=None,
        reason="550 no such mailbox",
        failed_at=utc_now(),
    )
