"""`countersign audit`: it finds whatever was done to the chain, and hands all of it to other programs."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from shared import audit
from shared.audit import Action
from shared.audit.chain import hash_of
from shared.audit_commands import audit as command
from shared.cli import main
from shared.db import Database
from tests.audit import entries, unguarded

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
REQUEST, CORRELATION = UUID(int=1), UUID(int=2)

Run = Callable[..., Result]


@pytest.fixture
def run(settings_environ: dict[str, str]) -> Run:
    return lambda *words: CliRunner(env=settings_environ).invoke(command, words)


@pytest.fixture
def five(request_database: Database) -> Database:
    """A chain of five entries, an hour apart, the second and the fourth of one request."""
    for number in range(1, 6):
        correlation = CORRELATION if number in (2, 4) else None
        subject = ("request", REQUEST) if number == 2 else ("grant", number)
        with request_database.transaction() as session:
            at = NOW + timedelta(hours=number)
            audit.record(session, Action.GRANT_GIVEN, subject, now=at, after={"n": number}, correlation_id=correlation)
    return request_database


def tamper(database: Database, *statements: str) -> None:
    with database.transaction() as session, unguarded(session):
        for statement in statements:
            session.execute(text(statement))


def rehash(database: Database, seq: int) -> None:
    """Gives a changed entry the hash that it should have, as who knows the code would."""
    row = next(entry for entry in entries(database) if entry.seq == seq)
    tamper(database, f"UPDATE audit SET hash = '{hash_of(row._mapping)}' WHERE seq = {seq}")


def head_of(result: Result) -> str:
    return result.output.rpartition("head ")[2].strip()


def test_a_chain_that_nobody_touched_is_whole(five: Database, run: Run) -> None:
    result = run("verify", "request_svc")
    assert result.exit_code == 0
    assert result.output == f"request_svc: 5 entries, whole; head request_svc=5:{entries(five)[-1].hash}\n"


@pytest.mark.usefixtures("approval_database", "notify_database", "identity_database", "five")
def test_all_services_are_verified_unless_some_are_named(run: Run) -> None:
    result = run("verify")
    assert result.exit_code == 0
    assert [line.partition(":")[0] for line in result.output.splitlines()] == [
        "approval_svc",
        "identity_svc",
        "notify_svc",
        "request_svc",
    ]
    assert "approval_svc: 0 entries, whole" in result.output


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("DELETE FROM audit WHERE seq = 3", "entry 3 is missing"),
        ("DELETE FROM audit WHERE seq IN (2, 3)", "entries 2 to 3 are missing"),
        ("DELETE FROM audit WHERE seq = 1", "entry 1 is missing"),
        ("UPDATE audit SET who = 'user:mallory' WHERE seq = 3", "entry 3 was changed"),
        ("UPDATE audit SET at = at + interval '1 microsecond' WHERE seq = 2", "entry 2 was changed"),
        ("UPDATE audit SET after = '{\"n\": 99}' WHERE seq = 5", "entry 5 was changed"),
        ('UPDATE audit SET origin = origin || \'{"address": "x"}\' WHERE seq = 1', "entry 1 was changed"),
        ("UPDATE audit SET correlation_id = NULL WHERE seq = 4", "entry 4 was changed"),
        ("UPDATE audit SET hash = repeat('0', 64) WHERE seq = 5", "entry 5 was changed"),
        ("UPDATE audit SET seq = 0 WHERE seq = 1", "entry 0 has no place in the chain"),
    ],
)
def test_what_was_done_to_an_entry_is_found_and_named(five: Database, run: Run, statement: str, sentence: str) -> None:
    tamper(five, statement)
    result = run("verify", "request_svc")
    assert result.exit_code == 1
    assert f"request_svc: {sentence}\n" in result.output
    assert "NOT whole" in result.output


def test_a_changed_entry_with_a_hash_that_fits_it_does_not_fit_its_neighbour(five: Database, run: Run) -> None:
    tamper(five, "UPDATE audit SET who = 'user:mallory' WHERE seq = 3")
    rehash(five, 3)
    result = run("verify", "request_svc")
    assert result.exit_code == 1
    assert result.output.startswith("request_svc: entry 4 does not follow entry 3\n")


def test_two_entries_in_each_others_place_are_found(five: Database, run: Run) -> None:
    tamper(
        five,
        "UPDATE audit SET seq = 99 WHERE seq = 2",
        "UPDATE audit SET seq = 2 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 99",
    )
    result = run("verify", "request_svc")
    assert result.exit_code == 1
    assert "entry 2 was changed" in result.output
    assert "entry 3 was changed" in result.output


def test_only_who_kept_the_head_sees_that_the_end_was_cut_off(five: Database, run: Run) -> None:
    head = head_of(run("verify", "request_svc"))
    assert run("verify", "request_svc", "--head", head).exit_code == 0
    tamper(five, "DELETE FROM audit WHERE seq > 3")
    assert run("verify", "request_svc").exit_code == 0
    result = run("verify", "request_svc", "--head", head)
    assert result.exit_code == 1
    assert "entry 5, seen at an earlier look, is missing: the chain ends with 3" in result.output


def test_only_who_kept_the_head_sees_that_the_end_was_written_anew(five: Database, run: Run) -> None:
    head = head_of(run("verify", "request_svc")).rpartition("=")[2]
    tamper(five, "UPDATE audit SET who = 'user:mallory' WHERE seq = 5")
    rehash(five, 5)
    assert run("verify", "request_svc").exit_code == 0
    result = run("verify", "request_svc", "--head", head)
    assert result.exit_code == 1
    assert "entry 5 is not the one that was there at an earlier look" in result.output


def test_a_head_of_long_ago_still_proves_what_came_before(five: Database, run: Run) -> None:
    long_ago = entries(five)[1]
    assert run("verify", "request_svc", "--head", f"{long_ago.seq}:{long_ago.hash}").exit_code == 0


@pytest.mark.parametrize(
    "head", ["5", "5:abc", "approval_svc=5:" + "0" * 64, "five:" + "0" * 64, "nobody=1:" + "0" * 64]
)
def test_a_head_that_cannot_be_understood_is_refused(run: Run, head: str) -> None:
    assert run("verify", "request_svc", "--head", head).exit_code == 2


@pytest.mark.usefixtures("five")
def test_with_several_services_a_head_says_whose_it_is(run: Run) -> None:
    assert run("verify", "request_svc", "approval_svc", "--head", "1:" + "0" * 64).exit_code == 2


def exported(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def test_the_export_alone_is_enough_to_verify_the_chain(five: Database, run: Run) -> None:
    """As docs/audit.md tells others to do it, without any code of ours."""
    previous = "0" * 64
    for number, entry in enumerate(exported(run("export", "request_svc")), start=1):
        entry.pop("service")
        said = entry.pop("hash")
        covered = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(covered.encode()).hexdigest() == said
        assert (entry["seq"], entry["previous_hash"]) == (number, previous)
        previous = said
    assert previous == entries(five)[-1].hash


@pytest.mark.usefixtures("five")
def test_the_export_of_a_request_has_everything_that_belongs_to_it(run: Run) -> None:
    found = exported(run("export", "request_svc", "--request", str(REQUEST)))
    assert [entry["seq"] for entry in found] == [2, 4]
    assert exported(run("export", "request_svc", "--request", str(UUID(int=9)))) == []


@pytest.mark.usefixtures("five")
def test_the_export_can_begin_at_a_day_or_an_instant(run: Run) -> None:
    assert [each["seq"] for each in exported(run("export", "request_svc", "--since", "2026-11-23T18:00:00Z"))] == [
        3,
        4,
        5,
    ]
    assert [each["seq"] for each in exported(run("export", "request_svc", "--since", "2026-11-23"))] == [1, 2, 3, 4, 5]
    assert exported(run("export", "request_svc", "--since", "2026-11-24")) == []
    assert run("export", "request_svc", "--since", "yesterday").exit_code == 2


def test_a_later_export_adds_what_was_written_since_whenever_it_happened(five: Database, run: Run) -> None:
    with five.transaction() as session:
        audit.record(session, Action.GRANT_GIVEN, ("grant", 6), now=NOW - timedelta(days=9))
    assert [each["seq"] for each in exported(run("export", "request_svc", "--after-seq", "4"))] == [5, 6]
    assert exported(run("export", "request_svc", "--after-seq", "request_svc=6")) == []
    for nonsense in ("approval_svc=4", "request_svc=x"):
        assert run("export", "request_svc", "--after-seq", nonsense).exit_code == 2
    assert run("export", "--after-seq", "4").exit_code == 2  # of which service?


@pytest.mark.usefixtures("approval_database", "notify_database", "identity_database", "five")
def test_a_request_is_followed_into_the_services_that_do_not_know_its_id(notify_database: Database, run: Run) -> None:
    with notify_database.transaction() as session:
        audit.record(session, Action.NOTICE_FAILED, ("notice", 1), now=NOW, correlation_id=CORRELATION)
    found = exported(run("export", "--request", str(REQUEST)))
    assert [(entry["service"], entry["seq"]) for entry in found] == [
        ("notify_svc", 1),
        ("request_svc", 2),
        ("request_svc", 4),
    ]


def test_a_long_chain_is_read_in_batches(request_database: Database, run: Run) -> None:
    with request_database.transaction() as session:
        for number in range(2500):
            audit.record(session, Action.GRANT_GIVEN, ("grant", number), now=NOW)
    assert "2500 entries, whole" in run("verify", "request_svc").output
    assert len(exported(run("export", "request_svc"))) == 2500


def test_a_service_that_there_is_not_is_named(run: Run) -> None:
    result = run("verify", "mail_svc")
    assert result.exit_code == 2
    assert "mail_svc" in result.output


@pytest.mark.usefixtures("five")
def test_it_is_a_command_of_countersign(settings_environ: dict[str, str]) -> None:
    result = CliRunner(env=settings_environ).invoke(main, ["audit", "verify", "request_svc"])
    assert result.exit_code == 0
