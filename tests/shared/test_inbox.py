"""Taking messages: each takes effect once, and a bad one fails alone."""

import sys
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared.contracts import Message, RequestWithdrawn
from shared.db import Database
from shared.messaging import inbox
from shared.messaging.envelope import Envelope
from shared.messaging.failures import POLICIES
from shared.messaging.states import Kind
from shared.messaging.tables import inbox as inbox_table
from shared.messaging.tables import message_history
from tests.shared.messages import NOW, FaultError, Recorder, enveloped, state_of, take


def test_a_message_that_comes_twice_takes_effect_once(database: Database) -> None:
    handler, envelope = Recorder(), enveloped()
    take(database, handler, [envelope, envelope])
    take(database, handler, [envelope])
    assert len(handler.seen) == 1
    assert state_of(database, envelope) == "done"


def test_one_bad_message_of_a_chunk_fails_alone(database: Database) -> None:
    good, bad, other = enveloped(), enveloped(), enveloped()

    def handler(session: Session, message: RequestWithdrawn, envelope: Envelope, now: datetime) -> None:
        session.execute(text("CREATE TABLE IF NOT EXISTS effects (id uuid)"))
        session.execute(text("INSERT INTO effects VALUES (:id)"), {"id": envelope.message_id})
        if str(envelope.message_id) == bad["message_id"]:
            raise FaultError("this one only")

    take(database, handler, [good, bad, other])
    with database.transaction() as session:
        effects = session.execute(text("SELECT count(*) FROM effects")).scalar()
        session.execute(text("DROP TABLE effects"))
    assert effects == 2
    assert [state_of(database, one) for one in (good, bad, other)] == ["done", "failed", "done"]


def test_a_failed_message_is_tried_again_when_it_is_due_and_then_done(database: Database) -> None:
    handler, envelope = Recorder(fails=1), enveloped()
    take(database, handler, [envelope])
    with database.transaction() as session:
        assert inbox.claim_due(session, NOW, 10) == []
        due = inbox.claim_due(session, NOW + timedelta(seconds=2), 10)
    take(database, handler, due)
    assert due == [envelope]
    assert len(handler.seen) == 1
    assert state_of(database, envelope) == "done"


def test_a_message_that_always_fails_is_dead_after_the_last_attempt_and_keeps_its_error(database: Database) -> None:
    handler, envelope = Recorder(fails=9), enveloped()
    tries = POLICIES[Kind.FAULT].tries or 0
    for _ in range(tries + 1):
        take(database, handler, [envelope])
    with database.reading() as session:
        row = session.execute(select(inbox_table)).one()
        history = session.execute(select(message_history).order_by(message_history.c.id)).all()
        assert inbox.count_by_state(session) == {"dead": 1}
    assert (row.error, row.kind, row.envelope) == ("FaultError: not today", "fault", envelope)
    assert [line.what for line in history] == ["failed"] * (tries - 1) + ["buried"]
    assert [line.attempt for line in history] == list(range(1, tries + 1))
    assert "tests/shared/messages.py" in history[0].traceback


@pytest.mark.parametrize(
    "spoil",
    [{"data": {"request_id": "x"}}, {"version": 9}, {"type": "NobodyKnowsThis"}],
    ids=["not valid", "unknown version", "unknown type"],
)
def test_poison_is_dead_at_once(database: Database, spoil: dict[str, Any]) -> None:
    envelope = enveloped() | spoil
    take(database, Recorder(), [envelope])
    assert state_of(database, envelope) == "dead"


@pytest.mark.parametrize(
    "spoil",
    [
        {"message_id": "x"},
        {"type": "x" * 65},
        {"data": {"text": "a\x00b"}},
        {"data": {"text": "half of a pair: \ud800"}},
        {"data": {"number": float("nan")}},
        {"written_at": "2026-03-02T15:00:00"},
        {"written_at": "0001-01-01T00:00:00+14:00"},
        {"after": ["x"]},
        {"data": 7},
    ],
    ids=str,
)
def test_what_is_no_envelope_is_a_dead_letter_and_one_only_however_often_it_comes(
    database: Database, spoil: dict[str, Any]
) -> None:
    good, handler = enveloped(), Recorder()
    for _ in range(2):
        take(database, handler, [enveloped() | good | spoil, good, "nonsense"])
    with database.reading() as session:
        assert inbox.count_by_state(session) == {"dead": 2}
        assert session.scalars(select(message_history.c.what)).all() == ["buried", "buried"]
    assert len(handler.seen) == 1


def test_a_text_that_only_looks_like_a_forbidden_character_is_kept(database: Database) -> None:
    envelope = enveloped()
    envelope["data"]["note"] = "write \\u0000 for nothing"
    take(database, Recorder(), [envelope])
    assert state_of(database, envelope) == "done"


def test_two_workers_with_the_same_chunk_handle_each_message_once(database: Database) -> None:
    handler, chunk = Recorder(), [enveloped() for _ in range(20)]
    threads = [threading.Thread(target=take, args=(database, handler, order)) for order in (chunk, chunk[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(handler.seen) == 20


def test_a_message_whose_database_goes_away_is_given_again_with_its_whole_chunk(database: Database) -> None:
    chunk, seen = [enveloped(), enveloped()], Recorder()

    def handler(session: Session, message: RequestWithdrawn, envelope: Envelope, now: datetime) -> None:
        seen(session, message, envelope, now)
        if len(seen.seen) == 2:
            session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    # Only this error makes the worker put the chunk back; Celery drops a task that ends with any other.
    with pytest.raises(DBAPIError):
        take(database, handler, chunk)
    assert [state_of(database, one) for one in chunk] == [None, None]
    take(database, seen, chunk)
    assert [state_of(database, one) for one in chunk] == ["done", "done"]


def test_what_a_refused_row_held_is_in_no_error_text(database: Database) -> None:
    envelope, address = enveloped(), "jane.doe@state.example"

    def handler(session: Session, message: RequestWithdrawn, envelope: Envelope, now: datetime) -> None:
        try:
            raise FaultError(f"no mail to {address} today")
        except FaultError:
            session.execute(
                text("INSERT INTO inbox (message_id, type, state, received_at) VALUES (:id, :type, 'done', now())"),
                {"id": envelope.message_id, "type": "a@secret.exam"},
            )

    take(database, handler, [envelope])
    with database.reading() as session:
        error = session.execute(select(inbox_table.c.error)).scalar_one()
        traceback = session.execute(select(message_history.c.traceback)).scalar_one()
    assert error == "IntegrityError: 23505 pk_inbox"  # PostgreSQL's number for a value that is there already
    assert "test_inbox.py" in traceback
    assert "a@secret.exam" not in traceback
    assert "j***@" in traceback
    assert "jane.doe" not in traceback


def test_what_is_nested_too_deeply_to_be_written_down_is_a_dead_letter_too(database: Database) -> None:
    deep: list[Any] = []
    for _ in range(sys.getrecursionlimit() * 3):
        deep = [deep]
    good, handler = enveloped(), Recorder()
    take(database, handler, [deep, good])
    with database.reading() as session:
        assert inbox.count_by_state(session) == {"dead": 1}
    assert len(handler.seen) == 1


def test_what_a_chunk_needs_is_taken_before_any_of_it_is_handled(database: Database) -> None:
    """Also for what waited in the inbox until now, and without what cannot be read."""
    first, poison = enveloped(), enveloped() | {"version": 9}
    second = enveloped() | {"after": [first["message_id"]], "correlation_id": first["correlation_id"]}
    handler, told = Recorder(), list[Sequence[Message]]()

    def prepare(_session: Session, messages: Sequence[Message]) -> None:
        assert handler.seen == []
        told.append(messages)

    take(database, handler, [second])
    with database.transaction() as session:
        inbox.take(session, {"RequestWithdrawn": handler}, [first, poison], NOW, prepare=prepare)
    assert [len(messages) for messages in told] == [2]
    assert len(handler.seen) == 2
