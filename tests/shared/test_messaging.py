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
from sqlalchemy.orm import Session

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


def test_a_broker_that_is_away_loses_nothing(database: Database, servers: Any) -> None:
    from shared.messaging.broker import make_celery

    away = make_celery("request_svc", "redis://127.0.0.1:9/0")
    with database.transaction() as session:
        publish(session, withdrawn(), correlation_id=new_id(), now=NOW)
    with pytest.raises(Exception, match=r"refused|Error"):
        Relay(database, away, "request_svc").send_batch(NOW)
    with database.reading() as session:
        assert session.execute(select(outbox_table.c.sent_at)).scalar_one() is None
