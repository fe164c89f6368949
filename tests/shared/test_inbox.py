"""Taking messages: each takes effect once, and a bad one fails alone."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared.contracts import RequestWithdrawn
from shared.db import Database
from shared.messaging import inbox
from shared.messaging.envelope import Envelope
from shared.messaging.tables import inbox as inbox_table
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
    handler, envelope = Recorder(fails=inbox.MAX_ATTEMPTS), enveloped()
    for _ in range(inbox.MAX_ATTEMPTS):
        take(database, handler, [envelope])
    with database.reading() as session:
        row = session.execute(select(inbox_table)).one()
        assert inbox.count_by_state(session) == {"dead": 1}
    assert row.state == "dead"
    assert "not today" in row.error
    assert row.envelope == envelope


@pytest.mark.parametrize(
    "spoil",
    [{"data": {"request_id": "x"}}, {"version": 9}, {"type": "NobodyKnowsThis"}],
    ids=["not valid", "unknown version", "unknown type"],
)
def test_poison_is_dead_at_once(database: Database, spoil: dict[str, Any]) -> None:
    envelope = enveloped() | spoil
    take(database, Recorder(), [envelope])
    assert state_of(database, envelope) == "dead"


def test_what_is_no_envelope_is_kept_as_dead(database: Database) -> None:
    take(database, Recorder(), ["nonsense", {"message_id": "x"}])
    with database.reading() as session:
        assert inbox.count_by_state(session) == {"dead": 2}


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
    assert "23505 pk_inbox" in error  # PostgreSQL's number for a value that is there already
    assert "test_inbox.py" in error
    assert "a@secret.exam" not in error
    assert "j***@" in error
    assert "jane.doe" not in error
