"""From a committed row to an effect that happens once: outbox, relay, real broker, worker."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.testing import capture_logs

from shared.contracts import NoticeQueued, RequestWithdrawn
from shared.db import Database
from shared.ids import new_id
from shared.messaging import worker
from shared.messaging.broker import TASK, make_celery
from shared.messaging.envelope import Envelope
from shared.messaging.inbox import keep_failed
from shared.messaging.outbox import publish
from shared.messaging.relay import FAULTS, Relay
from shared.messaging.tables import outbox as outbox_table
from tests.shared.messages import NOW, FaultError, Recorder, enveloped, take, withdrawn


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


def test_a_broker_that_is_away_loses_nothing(database: Database) -> None:
    away = make_celery("request_svc", "redis://127.0.0.1:9/0")
    with database.transaction() as session:
        publish(session, withdrawn(), correlation_id=new_id(), now=NOW)
    with pytest.raises(FAULTS):
        Relay(database, away, "request_svc").send_batch(NOW)
    with database.reading() as session:
        assert session.execute(select(outbox_table.c.sent_at)).scalar_one() is None


def test_a_sweep_that_fails_stops_neither_the_others_nor_the_sending(database: Database, broker: Celery) -> None:
    swept = threading.Event()

    def stumbles(_session: Session, _now: datetime) -> None:
        raise FaultError("every time")

    def refused(session: Session, _now: datetime) -> None:
        session.execute(text("SELECT 1 / 0"))

    def works(_session: Session, _now: datetime) -> None:
        swept.set()

    with capture_logs() as lines, running(Relay(database, broker, "request_svc", (stumbles, refused, works))):
        assert swept.wait(10)
    assert {line["sweep"] for line in lines if line["event"] == "sweep failed"} == {"stumbles", "refused"}
    assert "relay pauses" not in {line["event"] for line in lines}


def test_a_database_that_is_away_in_a_sweep_makes_the_relay_connect_anew(database: Database, broker: Celery) -> None:
    def is_cut_off(session: Session, _now: datetime) -> None:
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(FAULTS):
        Relay(database, broker, "request_svc", (is_cut_off,)).sweep(NOW)


def test_what_is_tried_again_is_not_heaped_on_a_queue_that_is_worked_on(database: Database, broker: Celery) -> None:
    relay, failed = Relay(database, broker, "approval_svc"), enveloped()
    take(database, Recorder(fails=1), [failed])
    later = NOW + timedelta(seconds=2)
    assert relay.send_due(later) == 1
    assert [relay.send_due(later + timedelta(minutes=number)) for number in range(1, 10)] == [0] * 9
    assert relay.send_due(later + timedelta(minutes=11)) == 1  # no queue may keep it for good


def test_a_queue_that_is_worked_on_keeps_no_message_of_another(database: Database, broker: Celery) -> None:
    relay, mail = Relay(database, broker, "notify_svc"), NoticeQueued(notice_id=new_id(), queued_at=NOW)
    failed, about = enveloped(), Envelope.around(mail, correlation_id=new_id(), cause=None, now=NOW)
    take(database, Recorder(fails=1), [failed])
    with database.transaction() as session:
        keep_failed(session, about, FaultError("no mail today"), NOW)
    broker.send_task(TASK, args=[[failed]], queue="notify_svc.mail")
    assert relay.send_due(NOW + timedelta(seconds=2)) == 1
