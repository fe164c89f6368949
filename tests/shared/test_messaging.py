"""From a committed row to an effect that happens once: outbox, relay, real broker, worker, inbox."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.testing import capture_logs

from shared.contracts import RequestWithdrawn
from shared.db import Database
from shared.ids import new_id
from shared.messaging import inbox, worker
from shared.messaging.envelope import Envelope
from shared.messaging.outbox import publish
from shared.messaging.relay import Relay
from shared.messaging.tables import inbox as inbox_table
from shared.messaging.tables import outbox as outbox_table

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


class FaultError(Exception):
    """What a broken handler raises."""


def withdrawn() -> RequestWithdrawn:
    return RequestWithdrawn(request_id=new_id(), withdrawn_at=NOW)


def enveloped(message: RequestWithdrawn | None = None) -> dict[str, Any]:
    return Envelope.around(message or withdrawn(), correlation_id=new_id(), cause=None, now=NOW).to_json()


def state_of(database: Database, envelope: dict[str, Any]) -> str | None:
    with database.reading() as session:
        return session.execute(
            select(inbox_table.c.state).where(inbox_table.c.message_id == envelope["message_id"])
        ).scalar()


def take(database: Database, handler: inbox.Handler, raw: list[Any], now: datetime = NOW) -> None:
    with database.transaction() as session:
        inbox.take(session, {"RequestWithdrawn": handler}, raw, now)


class Recorder:
    """A handler that keeps what it was given."""

    def __init__(self, *, fails: int = 0) -> None:
        self.seen: list[RequestWithdrawn] = []
        self.fails = fails

    def __call__(self, session: Session, message: RequestWithdrawn, envelope: Envelope, now: datetime) -> None:
        if self.fails:
            self.fails -= 1
            raise FaultError("not today")
        self.seen.append(message)


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


def test_a_message_is_written_only_if_its_transaction_commits(database: Database) -> None:
    def write_and_fail() -> None:
        with database.transaction() as session:
            publish(session, withdrawn(), correlation_id=new_id(), now=NOW)
            raise FaultError("rolled back")

    with pytest.raises(FaultError):
        write_and_fail()
    with database.reading() as session:
        assert session.execute(select(func.count()).select_from(outbox_table)).scalar() == 0


def test_a_message_written_by_a_handler_names_its_cause(database: Database) -> None:
    envelope = enveloped()

    def handler(session: Session, message: RequestWithdrawn, envelope: Envelope, now: datetime) -> None:
        publish(session, withdrawn(), correlation_id=envelope.correlation_id, now=now)

    take(database, handler, [envelope])
    with database.reading() as session:
        written = session.execute(select(outbox_table.c.envelope)).scalar_one()
    assert written["cause"] == envelope["message_id"]
    assert written["correlation_id"] == envelope["correlation_id"]


@contextmanager
def running(relay: Relay) -> Iterator[None]:
    ready = threading.Event()
    thread = threading.Thread(target=relay.run, args=(ready.set,))
    thread.start()
    try:
        assert ready.wait(20)
        yield
    finally:
        relay.stop()
        thread.join(timeout=20)


def test_from_the_commit_through_relay_and_broker_to_the_effect(database: Database, broker: Celery) -> None:
    arrived = threading.Event()
    handler = Recorder()

    def hear(session: Session, message: RequestWithdrawn, envelope: Envelope, now: datetime) -> None:
        handler(session, message, envelope, now)
        if len(handler.seen) == 45:
            arrived.set()

    # RequestWithdrawn goes to approval_svc: the worker under test consumes that queue.
    broker.conf.task_queues = None
    worker.register(broker, database, {"RequestWithdrawn": hear}, {})
    relays = [Relay(database, broker, "approval_svc") for _ in range(2)]
    with (
        start_worker(broker, queues=["approval_svc"], perform_ping_check=False, shutdown_timeout=20),
        running(relays[0]),
        running(relays[1]),
    ):
        for _ in range(45):
            with database.transaction() as session:
                publish(session, withdrawn(), correlation_id=new_id(), now=NOW)
        assert arrived.wait(30)
    assert len({message.request_id for message in handler.seen}) == 45
    assert len(handler.seen) == 45


def test_what_a_killed_worker_held_is_given_to_another(database: Database, broker: Celery) -> None:
    arrived = threading.Event()
    worker.register(broker, database, {"RequestWithdrawn": lambda *_: arrived.set()}, {})
    broker.conf.task_queues = None
    broker.conf.broker_transport_options |= {"visibility_timeout": 1, "unacked_restore_interval": 1}
    with database.transaction() as session:
        publish(session, withdrawn(), correlation_id=new_id(), now=NOW)
    Relay(database, broker, "approval_svc").send_batch(NOW)
    with broker.connection_for_read() as killed:
        # Taken and never acknowledged: all that the broker knows of a worker that was killed.
        taken = killed.SimpleQueue("approval_svc").get(timeout=5)
        with start_worker(broker, queues=["approval_svc"], perform_ping_check=False, shutdown_timeout=20):
            assert arrived.wait(8)
        assert not taken.acknowledged


def test_a_broker_that_is_away_loses_nothing(database: Database, servers: Any) -> None:
    from shared.messaging.broker import make_celery

    away = make_celery("request_svc", "redis://127.0.0.1:9/0")
    with database.transaction() as session:
        publish(session, withdrawn(), correlation_id=new_id(), now=NOW)
    with pytest.raises(Exception, match=r"refused|Error"):
        Relay(database, away, "request_svc").send_batch(NOW)
    with database.reading() as session:
        assert session.execute(select(outbox_table.c.sent_at)).scalar_one() is None


def test_old_messages_are_forgotten_but_not_what_is_unsent_or_dead(database: Database, broker: Celery) -> None:
    relay = Relay(database, broker, "request_svc")
    poison, done = enveloped() | {"version": 9}, enveloped()
    take(database, Recorder(), [poison, done])
    with database.transaction() as session:
        publish(session, withdrawn(), correlation_id=new_id(), now=NOW)
    relay.send_batch(NOW)
    with database.transaction() as session:
        publish(session, withdrawn(), correlation_id=new_id(), now=NOW)
    relay.trim(NOW + timedelta(days=6))
    assert counted(database) == (2, 2)
    relay.trim(NOW + timedelta(days=31))
    assert counted(database) == (1, 1)
    assert state_of(database, poison) == "dead"


def counted(database: Database) -> tuple[int, int]:
    with database.reading() as session:
        outbox_rows = session.execute(select(func.count()).select_from(outbox_table)).scalar_one()
        inbox_rows = session.execute(select(func.count()).select_from(inbox_table)).scalar_one()
    return outbox_rows, inbox_rows


def test_what_a_refused_row_held_is_in_no_error_text(database: Database) -> None:
    envelope, address = enveloped(), "jane.doe@state.example"

    def handler(session: Session, message: RequestWithdrawn, envelope: Envelope, now: datetime) -> None:
        try:
            raise FaultError(f"no mail to {address} today")
        except FaultError:
            session.execute(
                text("INSERT INTO inbox (message_id, type, state, received_at) VALUES (:id, 'x', :state, now())"),
                {"id": envelope.message_id, "state": "a@secret.exam"},
            )

    take(database, handler, [envelope])
    with database.reading() as session:
        error = session.execute(select(inbox_table.c.error)).scalar_one()
    assert "23505 pk_inbox" in error  # PostgreSQL's number for a value that is there already
    assert "test_messaging.py" in error
    assert "a@secret.exam" not in error
    assert "j***@" in error
    assert "jane.doe" not in error


def test_a_message_is_logged_when_it_is_written_with_its_correlation_id(database: Database) -> None:
    correlation_id = new_id()
    with (
        capture_logs(processors=[merge_contextvars]) as lines,
        bound_contextvars(request_id="the form's"),
        database.transaction() as session,
    ):
        publish(session, withdrawn(), correlation_id=correlation_id, now=NOW)
    (line,) = lines
    assert line["correlation_id"] == str(correlation_id)
    assert line["request_id"] == "the form's"
