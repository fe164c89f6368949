"""What the audit of identity_svc says: who came in, who did not, and what operators did to accounts and keys."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from identity_svc.domain.codes import AuthorizationCode
from identity_svc.use_cases.redeem_code import redeem_code
from shared.cli import main
from shared.clock import utc_now
from shared.db import Database
from shared.ids import new_id
from tests.audit import entries
from tests.identity_svc.factories import PASSWORD
from tests.pages import token_of

HEADER = "user_id,name,email,phone,groups,zone\n"
OLU = "operations.desk,Olu Adeyemi,olu@iqies.example,202-555-0100,operations,\n"
WRONG = "Wrong7Password77"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def log_in(client: FlaskClient, user_id: str, password: str) -> None:
    token = token_of(client.get("/login"))
    client.post("/login", data={"csrf_token": token, "user_id": user_id, "password": password})


def only(database: Database, *actions: str) -> Any:
    (entry,) = entries(database, *actions)
    return entry


def run(environ: dict[str, str], *words: str, typed: str = "") -> None:
    result = CliRunner().invoke(main, words, env=environ, input=typed)
    assert result.exit_code == 0, result.output


def test_a_sign_in_is_kept_with_the_address_that_it_came_from(
    client: FlaskClient, angela: str, identity_database: Database
) -> None:
    log_in(client, angela, PASSWORD)
    entry = only(identity_database, "sign_in.succeeded")
    assert (entry.who, entry.subject_kind) == (f"user:{angela}", "account")
    assert (entry.origin["address"], entry.origin["route"]) == ("127.0.0.1", "/login")


def test_a_failed_sign_in_says_why_and_nothing_of_what_was_typed(
    client: FlaskClient, angela: str, identity_database: Database
) -> None:
    log_in(client, angela, WRONG)
    log_in(client, PASSWORD, "typed.into.the.wrong.field")
    wrong, unknown = entries(identity_database, "sign_in.failed")
    assert (wrong.who, wrong.after) == ("anonymous", {"why": "wrong password"})
    assert (unknown.subject_id, unknown.after) == ("unknown", {"why": "no such account"})
    written = str(entries(identity_database)).lower()
    assert PASSWORD.lower() not in written
    assert WRONG.lower() not in written


def test_a_lock_and_its_end_by_an_operator(
    client: FlaskClient, angela: str, identity_database: Database, environ: dict[str, str]
) -> None:
    for _ in range(5):
        log_in(client, angela, WRONG)
    locked = only(identity_database, "account.locked")
    assert (locked.before, locked.after["wrong_passwords"]) == ({"locked_until": None}, 5)
    log_in(client, angela, PASSWORD)
    assert entries(identity_database, "sign_in.failed")[-1].after == {"why": "locked"}
    run(environ, "accounts", "unlock", angela)
    unlocked = only(identity_database, "account.unlocked")
    assert unlocked.who.startswith("operator:")
    assert unlocked.before == {"locked_until": locked.after["locked_until"], "wrong_passwords": 5}


def test_a_new_password_leaves_its_time_alone(
    angela: str, identity_database: Database, environ: dict[str, str]
) -> None:
    run(environ, "accounts", "set-password", angela, typed="Another7Password77\n" * 2)
    entry = only(identity_database, "account.password_set")
    assert set(entry.after) == {"password_set_at", "locked_until"}
    assert "argon2" not in str(entry)


def test_accounts_that_are_brought_in_and_changed(
    identity_database: Database, environ: dict[str, str], tmp_path: Path
) -> None:
    file, password = tmp_path / "accounts.csv", tmp_path / "password"
    password.write_text(PASSWORD)

    def bring_in(row: str) -> None:
        file.write_text(HEADER + row)
        run(environ, "accounts", "import", str(file), "--password-file", str(password))

    bring_in(OLU)
    bring_in(OLU)
    bring_in(OLU.replace("operations,\n", "operations;auditors,\n").replace("olu@", "o.adeyemi@"))
    created, changed = entries(identity_database)
    assert (created.action, created.after["user"]) == ("account.created", "operations.desk")
    assert created.after["email"] == "o***@iqies.example"
    assert changed.action == "account.changed"
    assert changed.before == {"email": "o***@iqies.example", "groups": ["operations"]}
    assert changed.after["groups"] == ["operations", "auditors"]


def test_a_key_that_takes_anothers_place(identity_database: Database, environ: dict[str, str]) -> None:
    run(environ, "keys", "rotate")
    run(environ, "keys", "rotate")
    first, second = entries(identity_database, "key.rotated")
    assert first.before == {"current": None}
    assert second.before == first.after
    assert second.after != first.after


def test_a_code_that_comes_twice(identity_database: Database) -> None:
    now = utc_now()
    code = AuthorizationCode(
        code_id=new_id(),
        client_id="request_svc",
        redirect_uri="https://iqies.example/sign-in/callback",
        scope="openid",
        account_id=new_id(),
        signed_in_at=now,
        nonce=None,
        challenge="c",
        issued_at=now,
    )
    for minute in range(2):
        with identity_database.transaction() as session:
            redeem_code(session, code, "request_svc", now + timedelta(seconds=minute))
    entry = only(identity_database, "sign_in.code_replayed")
    assert (entry.subject_id, entry.after["client"]) == (str(code.account_id), "request_svc")
