"""What the broker lost comes again: receipts from the worker back to the sender's relay."""

import threading
from datetime import timedelta
from queue import Queue
from typing import Any
from uuid import UUID

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from redis import Redis
from sqlalchemy.orm import Session

from deploy.local.servers import Servers
from shared.contracts import RequestWithdrawn
from shared.db import Database
from shared.ids import new_id
from shared.messaging import worker
from shared.messaging.envelope import Envelope
from shared.messaging.inbox import count_by_state
from shared.messaging.outbox import publish
from shared.messaging.relay import LOST_AFTER, LOST_AT_LAST, Relay
from tests.shared.messages import NOW, FaultError, Recorder, withdrawn
from tests.shared.test_relay import running

LATER = NOW + LOST_AFTER + timedelta(seconds=1)


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


def test_what_the_broker_lost_is_sent_again_until_its_subscriber_has_it(database: Database, broker: Celery) -> None:
    relay, handler = Relay(database, broker, "request_svc"), Recorder()
    sent(database, relay)
    taken_off(broker, "approval_svc")
    assert relay.send_lost(NOW + LOST_AFTER) == 0
    assert relay.send_lost(LATER) == 1
    worker.receive_chunk(database, {"RequestWithdrawn": handler}, {}, taken_off(broker, "approval_svc"))
    assert relay.send_batch(LATER) == 1
    worker.receive_chunk(database, {}, {}, taken_off(broker, "request_svc"))
    assert relay.send_lost(LATER + 3 * LOST_AFTER) == 0
    assert len(handler.seen) == 1


def test_what_waits_in_its_queue_is_not_sent_again(database: Database, broker: Celery) -> None:
    relay = Relay(database, broker, "request_svc")
    sent(database, relay)
    assert relay.send_lost(LATER) == 0


def test_while_receipts_may_wait_in_our_own_queue_nothing_is_sent_again_until_long_after(
    database: Database, broker: Celery
) -> None:
    relay = Relay(database, broker, "request_svc")
    sent(database, relay)
    worker.receive_chunk(database, {"RequestWithdrawn": Recorder()}, {}, taken_off(broker, "approval_svc"))
    assert relay.send_batch(NOW) == 1  # the receipt, which nobody takes
    assert [relay.send_lost(LATER + number * LOST_AFTER) for number in range(3)] == [0, 0, 0]
    assert relay.send_lost(NOW + LOST_AT_LAST + LOST_AFTER) == 1


def test_what_is_no_envelope_gets_no_receipt_and_harms_no_other(database: Database, broker: Celery) -> None:
    relay, handler = Relay(database, broker, "request_svc"), Recorder()
    sent(database, relay)
    (good,) = taken_off(broker, "approval_svc")
    nameless = {key: value for key, value in good.items() if key != "message_id"}
    long, nul = good | {"type": "x" * 65}, good | {"data": {"text": "a\x00b"}}
    worker.receive_chunk(database, {"RequestWithdrawn": handler}, {}, [nameless, long, nul, good])
    assert len(handler.seen) == 1
    with database.reading() as session:
        assert count_by_state(session) == {"dead": 3}


def test_an_effect_gets_its_receipt_after_it_took_place(database: Database, broker: Celery) -> None:
    relay = Relay(database, broker, "request_svc")
    sent(database, relay)
    chunk = taken_off(broker, "approval_svc")
    with pytest.raises(FaultError):
        worker.receive_chunk(database, {}, {"RequestWithdrawn": fail}, chunk)
    assert relay.send_batch(NOW) == 0
    worker.receive_chunk(database, {}, {"RequestWithdrawn": lambda _envelopes: None}, chunk)
    assert relay.send_batch(NOW) == 1


def test_a_worker_goes_on_after_the_broker_was_away_while_it_worked(
    database: Database, broker: Celery, servers: Servers
) -> None:
    heard: Queue[UUID] = Queue()
    admin = Redis.from_url(servers.broker_url, single_connection_client=True)
    limit: Any = admin.config_get("maxclients")

    def hear(_session: Session, message: RequestWithdrawn, _envelope: Envelope, _now: Any) -> None:
        heard.put(message.request_id)
        admin.config_set("maxclients", 1)
        admin.client_kill_filter(skipme=True, _type="normal")

    worker.register(broker, database, {"RequestWithdrawn": hear}, {})
    broker.conf.task_queues = None
    with (
        start_worker(broker, queues=["approval_svc"], perform_ping_check=False, shutdown_timeout=20),
        running(Relay(database, broker, "request_svc")),
    ):
        for message in [withdrawn() for _ in range(4)]:
            with database.transaction() as session:
                publish(session, message, correlation_id=new_id(), now=NOW)
            assert heard.get(timeout=20) == message.request_id
            threading.Event().wait(1)  # the worker must meet the closed door when it acknowledges
            admin.config_set("maxclients", limit["maxclients"])
