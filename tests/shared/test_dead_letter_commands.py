"""`countersign dead-letters`: over all services, for people and for scripts."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from shared.cli import main
from shared.db import Database
from shared.ids import new_id
from shared.messaging import letters
from shared.messaging.states import State
from tests.audit import entries
from tests.letters import dead_letter


@pytest.fixture
def environ(
    settings_environ: dict[str, str],
    request_database: Database,
    approval_database: Database,
    notify_database: Database,
    identity_database: Database,
) -> dict[str, str]:
    """The services' settings; all databases are empty."""
    return settings_environ


def countersign(environ: dict[str, str], *arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, ["dead-letters", *arguments], env=environ, input=typed)


def state(database: Database, message_id: UUID) -> State:
    with database.reading() as session:
        letter = letters.find(session, message_id)
    assert letter is not None
    return letter.state


def as_json(result: Result) -> Any:
    return json.loads(result.stdout)


def test_letters_of_all_services_are_listed(
    environ: dict[str, str], request_database: Database, notify_database: Database
) -> None:
    ids = {str(dead_letter(request_database)), str(dead_letter(notify_database))}
    listed = as_json(countersign(environ, "list", "--json"))
    assert {(each["service"], each["type"]) for each in listed} == {
        ("request_svc", "RequestWithdrawn"),
        ("notify_svc", "RequestWithdrawn"),
    }
    assert {each["message_id"] for each in listed} == ids
    assert [each["service"] for each in as_json(countersign(environ, "list", "--service", "notify_svc", "--json"))] == [
        "notify_svc"
    ]
    table = countersign(environ, "list", "--kind", "poison").output
    assert "request_svc" in table
    assert "InvalidMessageError" in table
    assert "There are none." in countersign(environ, "list", "--type", "RoleGranted").output


def test_only_services_whose_database_is_in_the_environment_are_asked(
    environ: dict[str, str], request_database: Database
) -> None:
    dead_letter(request_database)
    gone = ("REQUEST_SVC_DATABASE_URL", "APPROVAL_SVC_DATABASE_URL")
    only_notify = {name: value for name, value in environ.items() if name not in gone}
    assert as_json(countersign(only_notify, "list", "--json")) == []
    none = {name: value for name, value in environ.items() if "DATABASE_URL" not in name}
    assert countersign(none, "list").exit_code == 1


def test_a_letter_is_shown_with_its_history(environ: dict[str, str], request_database: Database) -> None:
    message_id = dead_letter(request_database)
    shown = as_json(countersign(environ, "show", str(message_id), "--json"))
    assert shown["envelope"]["data"]["withdrawn_at"] == "last Tuesday"
    assert [line["what"] for line in shown["history"]] == ["buried"]
    assert shown["waiting_behind"] == []
    text = countersign(environ, "show", str(message_id)).output
    assert "last Tuesday" in text
    assert "shared/messaging" in text  # the traceback


def test_a_letter_is_repaired_and_replayed_by_somebody(
    environ: dict[str, str], request_database: Database, tmp_path: Path
) -> None:
    message_id = dead_letter(request_database)
    data = as_json(countersign(environ, "show", str(message_id), "--json"))["envelope"]["data"]
    (file := tmp_path / "data.json").write_text(json.dumps(data | {"withdrawn_at": "2026-03-02T15:00:00Z"}))
    repaired = countersign(environ, "repair", str(message_id), "--file", str(file), "--by", "olu")
    assert repaired.exit_code == 0, repaired.output
    assert as_json(countersign(environ, "replay", str(message_id), "--by", "olu", "--json")) == {
        "done": [str(message_id)],
        "refused": [],
    }
    assert state(request_database, message_id) is State.FAILED
    assert [entry.after["by"] for entry in entries(request_database)] == ["olu", "olu"]

    again = countersign(environ, "replay", str(message_id))
    assert again.exit_code == 1
    assert "It was replayed already" in again.output


def test_a_repair_that_does_not_fit_is_refused(environ: dict[str, str], request_database: Database) -> None:
    message_id = dead_letter(request_database)
    for typed, said in (("{}", "request_id: Missing data"), ("nonsense", "no JSON")):
        refused = countersign(environ, "repair", str(message_id), typed=typed)
        assert refused.exit_code == 1
        assert said in refused.output
    assert state(request_database, message_id) is State.DEAD


def test_many_are_closed_after_a_question(
    environ: dict[str, str], request_database: Database, notify_database: Database
) -> None:
    ids = [dead_letter(request_database) for _ in range(3)]
    other = dead_letter(notify_database)
    close = ("close", "--all", "--service", "request_svc", "--reason", "Sent by a test")
    assert countersign(environ, *close, typed="n\n").exit_code == 1
    assert {state(request_database, each) for each in ids} == {State.DEAD}
    assert "3 done, 0 refused" in countersign(environ, *close, typed="y\n").output
    assert {state(request_database, each) for each in ids} == {State.CLOSED}
    assert state(notify_database, other) is State.DEAD


def test_more_than_one_transaction_takes_are_all_replayed(environ: dict[str, str], request_database: Database) -> None:
    ids = {str(dead_letter(request_database)) for _ in range(51)}
    done = as_json(countersign(environ, "replay", "--all", "--type", "RequestWithdrawn", "--yes", "--json"))
    assert set(done["done"]) == ids


@pytest.mark.parametrize(
    "arguments",
    [
        ("replay",),
        ("replay", "--all", str(new_id())),
        ("replay", str(new_id()), "--type", "RoleGranted"),
        ("close", str(new_id())),
        ("close", "--all", "--reason", " "),
        ("list", "--kind", "gossip"),
        ("list", "--service", "nobody_svc"),
    ],
)
def test_wrong_use_ends_with_2(environ: dict[str, str], arguments: tuple[str, ...]) -> None:
    assert countersign(environ, *arguments).exit_code == 2


@pytest.mark.parametrize("command", [("show",), ("repair",), ("replay",), ("close", "--reason", "Old")])
def test_what_there_is_not_ends_with_1(environ: dict[str, str], command: tuple[str, ...]) -> None:
    missing = countersign(environ, command[0], str(new_id()), *command[1:], typed="{}")
    assert missing.exit_code == 1
    assert "There is no message" in missing.output
