"""What was lost on the way comes again: receipts from the worker back to the sender's relay."""

import threading
from datetime import timedelta
from queue import Queue
from typing import Any
from uuid import UUID

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from redis import Redis
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from deploy.local.servers import Servers
from shared.clock import utc_now
from shared.contracts import RequestWithdrawn
from shared.db import Database
from shared.ids import new_id
from shared.messaging import worker
from shared.messaging.broker import CHUNK_BUDGET_SECONDS
from shared.messaging.claims import FIRST_PAUSE, LONGEST_PAUSE, LOST_AT_LAST
from shared.messaging.envelope import Envelope
from shared.messaging.failures import POLICIES
from shared.messaging.inbox import count_by_state
from shared.messaging.outbox import publish
from shared.messaging.relay import Relay
from shared.messaging.states import Kind
from shared.messaging.tables import outbox
from tests.shared.messages import NOW, FaultError, Recorder, enveloped, state_of, withdrawn
from tests.shared.test_relay import running

LATER = NOW + FIRST_PAUSE * 1.3


def sent(database: Database, relay: Relay) -> None:
    with database.transaction() as session:
        publish(session, withdrawn(), correlation_id=new_id(), now=NOW)
    assert relay.send_batch(NOW) == 1


def taken_off(broker: Celery, queue: str) -> list[Any]:
    """Takes the next task off a queue and returns its chunk."""
    with broker.connection_for_read() as connection:
        task = connection.SimpleQueue(queue).get(timeout=5)
        task.ack()
        chunk: list[Any] = task.payload[0][0]
    return chunk


def fail(_envelopes: Any) -> None:
    raise FaultError("the effect did not take place")


def test_what_was_lost_on_the_way_is_sent_again_until_its_subscriber_has_it(database: Database, broker: Celery) -> None:
    relay, handler = Relay(database, broker, "request_svc"), Recorder()
    sent(database, relay)
    taken_off(broker, "approval_svc")
    assert relay.send_overdue(NOW + FIRST_PAUSE * 0.7) == 0
    assert relay.send_overdue(LATER) == 1
    worker.receive_chunk(database, {"RequestWithdrawn": handler}, {}, taken_off(broker, "approval_svc"))
    assert relay.send_receipts() == 1
    worker.receive_chunk(database, {}, {}, taken_off(broker, "request_svc"))
    assert relay.send_overdue(NOW + timedelta(days=1)) == 0
    assert len(handler.seen) == 1


def test_the_pause_grows_with_every_send_up_to_half_an_hour(database: Database, broker: Celery) -> None:
    relay, moment = Relay(database, broker, "request_svc"), NOW
    sent(database, relay)
    for pause in (15, 30, 60, 120, 240, 480, 960, 1800, 1800):
        taken_off(broker, "approval_svc")
        assert relay.send_overdue(moment + timedelta(seconds=pause * 0.79)) == 0
        moment += timedelta(seconds=pause * 1.21)
        assert relay.send_overdue(moment) == 1


def test_what_is_sent_often_is_told_to_operations(database: Database, broker: Celery) -> None:
    relay = Relay(database, broker, "request_svc")
    sent(database, relay)
    with database.transaction() as session:
        session.execute(update(outbox).values(sends=4))
    taken_off(broker, "approval_svc")
    with capture_logs() as lines:
        assert relay.send_overdue(NOW + timedelta(hours=2)) == 1
    (line,) = [line for line in lines if line["event"] == "messages sent often"]
    assert (line["log_level"], line["sends"]) == ("warning", 5)


def test_what_waits_in_its_queue_is_not_sent_again(database: Database, broker: Celery) -> None:
    relay = Relay(database, broker, "request_svc")
    sent(database, relay)
    assert relay.send_overdue(NOW + LOST_AT_LAST) == 0


def test_while_receipts_may_wait_in_our_own_queue_nothing_is_sent_again_until_long_after(
    database: Database, broker: Celery
) -> None:
    relay = Relay(database, broker, "request_svc")
    sent(database, relay)
    worker.receive_chunk(database, {"RequestWithdrawn": Recorder()}, {}, taken_off(broker, "approval_svc"))
    assert relay.send_receipts() == 1  # which nobody takes
    assert [relay.send_overdue(NOW + number * LONGEST_PAUSE) for number in range(3)] == [0, 0, 0]
    assert relay.send_overdue(NOW + LOST_AT_LAST + FIRST_PAUSE) == 1


def test_receipts_of_many_chunks_travel_as_one(database: Database, broker: Celery) -> None:
    relay = Relay(database, broker, "request_svc")
    for _ in range(3):
        sent(database, relay)
        worker.receive_chunk(database, {"RequestWithdrawn": Recorder()}, {}, taken_off(broker, "approval_svc"))
    assert relay.send_receipts() == 1
    (receipt,) = taken_off(broker, "request_svc")
    worker.receive_chunk(database, {}, {}, [receipt])
    with database.reading() as session:
        assert session.scalars(select(outbox.c.taken_at).where(outbox.c.taken_at.is_(None))).all() == []
        assert session.scalar(select(func.count()).select_from(outbox)) == 3  # the receipts themselves are gone


def test_a_receipt_may_be_long(database: Database, broker: Celery) -> None:
    relay = Relay(database, broker, "request_svc")
    sent(database, relay)
    with database.reading() as session:
        row = session.scalars(select(outbox.c.id)).one()
    worker.receive_chunk(database, {}, {}, [{"received": [str(new_id()) for _ in range(70_000)] + [str(row)]}])
    with database.reading() as session:
        assert session.scalars(select(outbox.c.taken_at)).one() is not None


@pytest.mark.parametrize("nonsense", [{"received": ["x", 7, None]}, {"received": [str(new_id())]}])
def test_a_receipt_for_nothing_does_nothing(database: Database, broker: Celery, nonsense: dict[str, Any]) -> None:
    relay, handler = Relay(database, broker, "request_svc"), Recorder()
    sent(database, relay)
    worker.receive_chunk(database, {"RequestWithdrawn": handler}, {}, [nonsense, *taken_off(broker, "approval_svc")])
    assert len(handler.seen) == 1


def test_what_is_no_envelope_harms_no_other(database: Database, broker: Celery) -> None:
    relay, handler = Relay(database, broker, "request_svc"), Recorder()
    sent(database, relay)
    (good,) = taken_off(broker, "approval_svc")
    nameless = {key: value for key, value in good.items() if key != "message_id"}
    long, nul = good | {"type": "x" * 65}, good | {"data": {"text": "a\x00b"}}
    nul_for_a_row = good | {"outbox_id": "a\x00b"}
    worker.receive_chunk(database, {"RequestWithdrawn": handler}, {}, [nameless, long, nul, nul_for_a_row, good])
    assert len(handler.seen) == 1
    with database.reading() as session:
        assert count_by_state(session) == {"dead": 4}


def test_an_effect_gets_its_receipt_after_it_took_place(database: Database, broker: Celery) -> None:
    relay, happened = Relay(database, broker, "request_svc"), list[int]()
    sent(database, relay)

    def happen(_envelopes: Any) -> None:
        assert relay.send_receipts() == 0
        happened.append(1)

    worker.receive_chunk(database, {}, {"RequestWithdrawn": happen}, taken_off(broker, "approval_svc"))
    assert relay.send_receipts() == 1
    assert happened == [1]


def test_an_effect_that_fails_is_kept_and_tried_again_from_the_inbox(database: Database, broker: Celery) -> None:
    relay, happened = Relay(database, broker, "approval_svc"), list[Any]()
    sent(database, relay)
    (envelope,) = taken_off(broker, "approval_svc")
    worker.receive_chunk(database, {}, {"RequestWithdrawn": fail}, [envelope])
    assert state_of(database, envelope) == "failed"
    assert relay.send_due(utc_now() + timedelta(seconds=2)) == 1
    assert relay.send_receipts() == 1
    for _ in ("the message", "the receipt"):
        worker.receive_chunk(database, {}, {"RequestWithdrawn": happened.extend}, taken_off(broker, "approval_svc"))
    assert state_of(database, envelope) == "done"
    assert len(happened) == 1


def test_an_effect_that_cannot_be_read_is_a_dead_letter(database: Database, broker: Celery) -> None:
    poison = enveloped() | {"version": 9}
    worker.receive_chunk(database, {}, {"RequestWithdrawn": fail}, [poison])
    assert state_of(database, poison) == "dead"


def test_a_worker_begins_nothing_more_when_the_time_of_a_chunk_is_over(database: Database, broker: Celery) -> None:
    relay, handler, times = Relay(database, broker, "approval_svc"), Recorder(), iter([0, 1, CHUNK_BUDGET_SECONDS + 1])
    chunk = [enveloped(), enveloped()]
    worker.receive_chunk(database, {"RequestWithdrawn": handler}, {}, chunk, clock=lambda: next(times))
    assert [state_of(database, one) for one in chunk] == ["done", "waiting"]
    assert relay.send_due(utc_now()) == 1
    worker.receive_chunk(database, {"RequestWithdrawn": handler}, {}, taken_off(broker, "approval_svc"))
    assert [state_of(database, one) for one in chunk] == ["done", "done"]


@pytest.mark.parametrize("cut_off", ["", "but the one that asks for work"])
@pytest.mark.parametrize("pool", ["solo", "threads"])
def test_a_worker_goes_on_after_the_broker_was_away_while_it_worked(
    database: Database, broker: Celery, servers: Servers, pool: str, cut_off: str
) -> None:
    heard: Queue[UUID] = Queue()
    admin = Redis.from_url(servers.broker_url, single_connection_client=True)
    limit: Any = admin.config_get("maxclients")

    def hear(_session: Session, message: RequestWithdrawn, _envelope: Envelope, _now: Any) -> None:
        heard.put(message.request_id)
        admin.config_set("maxclients", 1)
        clients: Any = admin.client_list(_type="normal")
        for client in clients:
            if client["cmd"] != "brpop" or not cut_off:
                admin.client_kill_filter(_id=client["id"], skipme=True)

    worker.register(broker, database, {"RequestWithdrawn": hear}, {})
    broker.conf.task_queues = None
    with (
        start_worker(
            broker, pool=pool, concurrency=2, queues=["approval_svc"], perform_ping_check=False, shutdown_timeout=20
        ),
        running(Relay(database, broker, "request_svc")),
    ):
        for message in [withdrawn() for _ in range(4)]:
            with database.transaction() as session:
                publish(session, message, correlation_id=new_id(), now=NOW)
            assert heard.get(timeout=20) == message.request_id
            threading.Event().wait(1)  # the worker must meet the closed door when it acknowledges
            admin.config_set("maxclients", limit["maxclients"])


def test_a_message_that_fails_at_the_commit_fails_alone(database: Database, broker: Celery) -> None:
    good, bad = enveloped(), enveloped()

    def handle(session: Session, _message: RequestWithdrawn, envelope: Envelope, _now: Any) -> None:
        numbers = "(1), (1)" if str(envelope.message_id) == bad["message_id"] else "(2)"
        session.execute(text(f"INSERT INTO once VALUES {numbers}"))

    with database.transaction() as session:
        session.execute(text("CREATE TABLE once (number int UNIQUE DEFERRABLE INITIALLY DEFERRED)"))
    try:
        for _ in range(POLICIES[Kind.FAULT].tries or 0):
            worker.receive_chunk(database, {"RequestWithdrawn": handle}, {}, [good, bad, {"received": []}])
    finally:
        with database.transaction() as session:
            session.execute(text("DROP TABLE once"))
    assert (state_of(database, good), state_of(database, bad)) == ("done", "dead")
