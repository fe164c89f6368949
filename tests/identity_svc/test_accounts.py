"""Accounts as operations bring them in and look after them."""

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from identity_svc.domain.lockout import LockRule
from identity_svc.domain.password_rule import faults
from identity_svc.domain.user_ids import BadUserIdError, checked
from identity_svc.tables import Account, SigningKey
from identity_svc.use_cases.sign_in import sign_in
from shared.cli import main
from shared.clock import utc_now
from shared.db import Database
from shared.messaging.tables import outbox
from tests.identity_svc.factories import PASSWORD, new_account

HEADER = "user_id,name,email,phone,groups,zone\n"
ANGELA = "Angela.W,Angela Whitaker,angela@health.alabama.example,202-555-0139,,America/Chicago\n"
OLU = "operations.desk,Olu Adeyemi,olu@iqies.example,,operations;auditors,\n"


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    return file


def run(environ: dict[str, str], *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, words, env=environ, input=typed)


def import_(environ: dict[str, str], password_file: Path, rows: str) -> Result:
    file = password_file.with_name("accounts.csv")
    file.write_text(HEADER + rows)
    return run(environ, "accounts", "import", str(file), "--password-file", str(password_file))


def accounts(database: Database) -> dict[str, Account]:
    with database.reading() as session:
        return {account.user_id: account for account in session.scalars(select(Account))}


def test_each_row_becomes_an_account(environ: dict[str, str], identity_database: Database, password_file: Path) -> None:
    result = import_(environ, password_file, ANGELA + OLU)

    made = accounts(identity_database)
    assert result.exit_code == 0, result.output
    assert "line 2: angela.w created" in result.output
    assert made["angela.w"].zone == "America/Chicago"
    assert made["operations.desk"].groups == ["operations", "auditors"]
    assert made["operations.desk"].phone is None
    assert made["angela.w"].password_hash.startswith("$argon2id$")
    assert made["angela.w"].password_hash != made["operations.desk"].password_hash


def test_the_same_file_again_changes_nothing_and_a_changed_row_keeps_its_password(
    environ: dict[str, str], identity_database: Database, password_file: Path
) -> None:
    import_(environ, password_file, ANGELA + OLU)
    before = accounts(identity_database)
    password_file.write_text("Another7Password77")

    result = import_(environ, password_file, ANGELA + OLU.replace("olu@", "desk@"))

    after = accounts(identity_database)
    assert "line 2: angela.w unchanged" in result.output
    assert "line 3: operations.desk updated" in result.output
    assert after["operations.desk"].email == "desk@iqies.example"
    assert {name: account.password_hash for name, account in before.items()} == {
        name: account.password_hash for name, account in after.items()
    }


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("olu,Olu Adeyemi,olu@iqies.example,,,", "User ID must be between 6-74 characters."),
        ("olu adeyemi,Olu Adeyemi,olu@iqies.example,,,", "User ID can have letters"),
        ("olu.adeyemi,,olu@iqies.example,,,", "name: Missing data"),
        ("olu.adeyemi,Olu Adeyemi,olu,,,", "email: Email is not an address."),
        ("olu.adeyemi,Olu Adeyemi,olu@iqies.example,,,Mars/Base", "zone: Zone is not an IANA time zone."),
        ("ANGELA.W,Angela Whitaker,a@iqies.example,,,", "User ID stands in the file twice."),
        ("horse.rider,Olu Adeyemi,olu@iqies.example,,,", "Password: Cannot contain first name, last name, or part"),
    ],
)
def test_a_bad_row_is_refused_alone_with_its_reason(
    environ: dict[str, str], identity_database: Database, password_file: Path, row: str, reason: str
) -> None:
    result = import_(environ, password_file, f"{ANGELA}{row}\n{OLU}")

    assert result.exit_code == 1
    assert f"line 3: {row.partition(',')[0]} refused: {reason}" in result.output
    assert set(accounts(identity_database)) == {"angela.w", "operations.desk"}


def test_a_file_without_its_columns_is_refused(environ: dict[str, str], password_file: Path) -> None:
    file = password_file.with_name("accounts.csv")
    file.write_text("user_id,name\n")

    result = run(environ, "accounts", "import", str(file), "--password-file", str(password_file))

    assert result.exit_code == 1
    assert "no column email, groups, phone" in result.output


def test_a_locked_account_is_listed_and_unlocked(environ: dict[str, str], identity_database: Database) -> None:
    with identity_database.transaction() as session:
        locked = utc_now().replace(year=2999)
        session.add(new_account(now=utc_now(), failed_count=5, locked_until=locked))

    assert "sagu.walk\tlocked\toperations" in run(environ, "accounts", "list").output
    assert run(environ, "accounts", "unlock", "SAGU.walk").exit_code == 0
    assert "sagu.walk\topen\toperations" in run(environ, "accounts", "list").output


@pytest.mark.parametrize("words", [("unlock",), ("set-password",)])
def test_an_unknown_account_is_named(
    environ: dict[str, str], identity_database: Database, words: tuple[str, ...]
) -> None:
    typed = "Another7Password77\n" * 2
    result = run(environ, "accounts", *words, "nobody.here", typed=typed)

    assert result.exit_code == 1
    assert "No account has the user ID 'nobody.here'." in result.output


def test_a_new_password_is_asked_for_hidden_and_keeps_to_the_rule(
    environ: dict[str, str], identity_database: Database, angela: str
) -> None:
    refused = run(environ, "accounts", "set-password", angela, typed="Whitaker7Password\n" * 2)
    done = run(environ, "accounts", "set-password", angela, typed="Another7Password77\n" * 2)

    assert "Cannot contain first name, last name" in refused.output
    assert (refused.exit_code, done.exit_code) == (1, 0)
    assert "Another7" not in done.output


def test_keys_are_rotated_from_the_command_line(environ: dict[str, str], identity_database: Database) -> None:
    result = run(environ, "keys", "rotate")

    with identity_database.reading() as session:
        current = session.scalars(select(SigningKey.kid).where(SigningKey.state == "current")).one()
    assert result.output == f"signing with {current}\n"


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("Short7Password", "At least 15 characters"),
        ("NOLOWERCASE7777", "Include a lowercase letter"),
        ("nouppercase7777", "Include an uppercase letter"),
        ("NoDigitInThisOne", "Include a number (0-9)"),
        ("MyWhitakerSecret7", "Cannot contain first name, last name, or part of user ID"),
        ("sOmeANGELASecret7", "Cannot contain first name, last name, or part of user ID"),
        ("TheWalkToWork777", "Cannot contain first name, last name, or part of user ID"),
    ],
)
def test_a_password_breaks_one_rule_of_figure_2(password: str, fault: str) -> None:
    assert faults(password, user_id="sagu.walk", name="Angela Whitaker") == [fault]


def test_a_good_password_breaks_none() -> None:
    assert faults("Fifteen7Letters", user_id="sagu.walk", name="Angela Whitaker") == []


@pytest.mark.parametrize("typed", ["a" * 6, "A" * 74, " d'angelo".replace("'", "."), "kim@state.example"])
def test_user_ids_have_6_to_74_characters_and_no_case(typed: str) -> None:
    assert checked(typed) == typed.strip().lower()


@pytest.mark.parametrize("typed", ["a" * 5, "a" * 75, "two words", "<script>", ""])
def test_other_user_ids_are_refused(typed: str) -> None:
    with pytest.raises(BadUserIdError):
        checked(typed)


def closed_told(database: Database) -> list[str]:
    with database.reading() as session:
        rows = session.scalars(select(outbox.c.envelope).where(outbox.c.type == "AccountClosed")).all()
    return sorted({row["message_id"]: row["data"]["account"]["user_id"] for row in rows}.values())


def test_a_closed_account_is_told_of_once_and_no_password_opens_it(
    environ: dict[str, str], identity_database: Database, password_file: Path
) -> None:
    import_(environ, password_file, ANGELA + OLU)
    for _ in range(2):
        assert run(environ, "accounts", "close", "Angela.W").output.endswith("Angela.W: closed\n")

    assert accounts(identity_database)["angela.w"].state(utc_now()) == "closed"
    assert accounts(identity_database)["operations.desk"].state(utc_now()) == "open"
    assert closed_told(identity_database) == ["angela.w"]
    with identity_database.transaction() as session:
        assert sign_in(session, "angela.w", PASSWORD, LockRule(5, timedelta(hours=1)), utc_now()) is None


def test_nobody_is_closed_who_has_no_account(environ: dict[str, str], identity_database: Database) -> None:
    result = run(environ, "accounts", "close", "nobody")
    assert (result.exit_code, closed_told(identity_database)) == (1, [])


def test_an_import_does_not_open_a_closed_account(
    environ: dict[str, str], identity_database: Database, password_file: Path
) -> None:
    import_(environ, password_file, ANGELA)
    run(environ, "accounts", "close", "angela.w")
    result = import_(environ, password_file, ANGELA)
    assert "Angela.W refused: The account is closed." in result.output
    assert accounts(identity_database)["angela.w"].closed_at
