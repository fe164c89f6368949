"""Entries of the audit: written with their transaction or not at all, one after the other, never changed."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from shared import audit
from shared.audit import Action, NotRecordedError
from shared.audit.acting import Acting, acting
from shared.audit.chain import Head, hash_of
from shared.clock import NaiveDatetimeError
from shared.db import Database
from tests.audit import entries

NOW = datetime(2026, 11, 23, 15, 0, 0, 250, tzinfo=UTC)


@pytest.fixture
def database(request_database: Database) -> Database:
    return request_database


class MindChangedError(Exception):
    """Somebody gives up in the middle."""


def note(session: Session, subject: object = "one", **more: Any) -> None:
    audit.record(session, Action.GRANT_GIVEN, ("grant", subject), **{"now": NOW} | more)


def is_changed(database: Database) -> bool:
    with database.reading() as session:
        return session.scalar(text("SELECT to_regclass('made_without_a_trace')")) is not None


def subjects(database: Database) -> list[str]:
    return [entry.subject_id for entry in entries(database)]


def test_entries_are_numbered_and_each_carries_the_hash_of_the_one_before(database: Database) -> None:
    with database.transaction() as session:
        note(session, "one")
        note(session, "two")
    with database.transaction() as session:
        note(session, "three")
    first, second, third = entries(database)
    assert [first.seq, second.seq, third.seq] == [1, 2, 3]
    assert first.previous_hash == Head().hash
    assert [second.previous_hash, third.previous_hash] == [first.hash, second.hash]
    assert all(hash_of(entry._mapping) == entry.hash for entry in (first, second, third))


def test_an_entry_says_who_did_what_for_whom_from_where_and_when(database: Database) -> None:
    correlation = UUID(int=7)
    with acting(Acting("user:ada", {"kind": "web", "address": "203.0.113.9"})), database.transaction() as session:
        note(session, UUID(int=5), before={"state": "asked"}, after={"state": "approved"}, on_behalf_of="user:bo")
        note(session, "by link", who="official:1", correlation_id=correlation)
    first, second = entries(database)
    assert (first.who, first.on_behalf_of, first.action) == ("user:ada", "user:bo", "grant.given")
    assert (first.subject_kind, first.subject_id, first.at) == ("grant", str(UUID(int=5)), NOW)
    assert (first.before, first.after) == ({"state": "asked"}, {"state": "approved"})
    assert first.origin == {"kind": "web", "address": "203.0.113.9"}
    assert (second.who, second.correlation_id, second.before) == ("official:1", correlation, None)


class Colour(StrEnum):
    GREEN = "green"


def test_what_an_entry_holds_comes_back_as_it_was_hashed(database: Database) -> None:
    held = {
        "id": UUID(int=1),
        "ids": frozenset({UUID(int=3), UUID(int=2)}),
        "at": NOW.astimezone(timezone(timedelta(hours=-6))),
        "word": Colour.GREEN,
        "many": ("b", "a"),
        "yes": True,
        "none": None,
        "text": "Zoë — “é”\n\t\u2028 🦉",
        "large": 10**15,
        Colour.GREEN: 0,
    }
    with database.transaction() as session:
        note(session, after=held)
    (entry,) = entries(database)
    assert entry.after["ids"] == [str(UUID(int=2)), str(UUID(int=3))]
    assert entry.after["at"] == "2026-11-23T15:00:00.000250+00:00"
    assert entry.after["many"] == ["b", "a"]
    assert hash_of(entry._mapping) == entry.hash


@pytest.mark.parametrize("value", [1.5, object(), b"bytes"])
def test_what_the_database_might_spell_otherwise_is_refused(database: Database, value: object) -> None:
    with database.transaction() as session, pytest.raises(TypeError):
        note(session, after={"value": value})


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(NaiveDatetimeError), database.transaction() as session:
        note(session, now=datetime(2026, 11, 23))  # noqa: DTZ001  # the story is about such a time
    assert entries(database) == []


def test_entries_go_with_their_transaction(database: Database) -> None:
    with suppress(MindChangedError), database.transaction() as session:
        note(session)
        raise MindChangedError
    assert entries(database) == []


def test_entries_go_with_their_savepoint(database: Database) -> None:
    with database.transaction() as session:
        note(session, "kept")
        with suppress(MindChangedError), session.begin_nested():
            note(session, "lost")
            with session.begin_nested():
                note(session, "lost too, although its own savepoint was released")
            raise MindChangedError
        with session.begin_nested():
            note(session, "kept too")
            with suppress(MindChangedError), session.begin_nested():
                note(session, "lost as well")
                raise MindChangedError
        note(session, "last")
    assert subjects(database) == ["kept", "kept too", "last"]


def test_entries_go_with_a_savepoint_whose_rows_the_database_refuses(database: Database) -> None:
    with database.transaction() as session:
        with suppress(IntegrityError), session.begin_nested():
            note(session, "lost")
            session.execute(text("INSERT INTO drafts (id) VALUES (gen_random_uuid())"))
        note(session, "kept")
    assert subjects(database) == ["kept"]


def test_a_session_of_anybodys_making_writes_its_entries(database: Database) -> None:
    with Session(database.engine) as session:
        note(session, "one")
        session.commit()
        note(session, "two")
        session.rollback()
        note(session, "three")
        session.commit()
    with Session(database.engine) as session:
        note(session, "never committed")
        session.close()
        note(session, "four")
        session.commit()
        note(session, "never committed either")
    assert subjects(database) == ["one", "three", "four"]


def test_a_commit_around_an_open_savepoint_does_not_lose_entries(database: Database) -> None:
    with Session(database.engine) as session:
        session.begin()
        session.begin_nested()
        note(session, "recorded in a savepoint that nobody ended")
        session.commit()
    assert len(entries(database)) == 1


def test_a_transaction_that_would_lose_entries_does_not_commit(database: Database) -> None:
    def change() -> None:
        with database.transaction() as session:
            session.begin_nested()
            note(session)
            session.execute(text("CREATE TABLE made_without_a_trace ()"))

    with pytest.raises(NotRecordedError):
        change()
    assert not is_changed(database)


def test_an_entry_that_comes_too_late_stops_the_commit(database: Database) -> None:
    def change() -> None:
        with database.transaction() as session:
            note(session, "in time")
            event.listen(session, "before_commit", lambda session: note(session, "too late"))

    with pytest.raises(NotRecordedError):
        change()
    assert entries(database) == []


def test_a_change_whose_entries_cannot_be_written_is_not_made(database: Database) -> None:
    def change() -> None:
        with database.transaction() as session:
            session.execute(text("CREATE TABLE made_without_a_trace ()"))
            note(session, after={"text": "\x00"})

    with pytest.raises(DBAPIError):
        change()
    assert not is_changed(database)


def together(count: int, work: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)


def test_eight_writers_at_once_make_one_chain_without_a_gap(database: Database) -> None:
    def write(number: int) -> None:
        for turn in range(10):
            with database.transaction() as session:
                note(session, f"{number}.{turn}.a")
                note(session, f"{number}.{turn}.b")

    together(8, write)
    found = entries(database)
    assert [entry.seq for entry in found] == list(range(1, 161))
    assert all(later.previous_hash == earlier.hash for earlier, later in pairwise(found))
    pairs = [(one.subject_id[:-1], two.subject_id[:-1]) for one, two in zip(found[::2], found[1::2], strict=True)]
    assert all(one == two for one, two in pairs), "the entries of one transaction stand together"


def test_two_transactions_that_record_first_and_lock_rows_later_do_not_block_each_other(database: Database) -> None:
    """Each records before it waits for what the other holds: with a lock taken while recording, both would wait."""
    recorded = threading.Barrier(2)

    def write(number: int) -> None:
        with database.transaction() as session:
            note(session, number)
            recorded.wait(timeout=20)
            session.execute(text("SELECT pg_advisory_xact_lock(4711)"))

    together(2, write)
    assert sorted(subjects(database)) == ["0", "1"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET who = 'operator:nobody' WHERE seq = 1",
        "DELETE FROM audit WHERE seq = 1",
        "DELETE FROM audit WHERE seq = 99",
        "TRUNCATE audit",
        "INSERT INTO audit SELECT * FROM audit ON CONFLICT (seq) DO UPDATE SET who = 'operator:nobody'",
        "SET session_replication_role = replica; DELETE FROM audit",
    ],
)
def test_the_database_refuses_to_change_entries(database: Database, statement: str) -> None:
    with database.transaction() as session:
        note(session)
    (before,) = entries(database)
    with pytest.raises(DBAPIError, match="neither changed nor removed"), database.transaction() as session:
        session.execute(text(statement))
    assert entries(database) == [before]
