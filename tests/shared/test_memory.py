"""A broker that forgot what it took gets it again at once; one that is long, full or away is waited for."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from celery import Celery
from redis import Redis
from sqlalchemy import select

from deploy.local import valkey
from deploy.local.ports import free_numbers
from deploy.local.servers import Servers
from shared.db import Database
from shared.ids import new_id
from shared.messaging import worker
from shared.messaging.broker import make_celery
from shared.messaging.claims import FIRST_PAUSE
from shared.messaging.memory import NoMemory, memory_of
from shared.messaging.outbox import publish
from shared.messaging.relay import FAULTS, Relay
from shared.messaging.tables import outbox
from tests.shared.messages import NOW, Recorder, withdrawn
from tests.shared.test_receipts import taken_off
from tests.shared.test_relay import running


class Broker:
    """A Valkey of one test, which it may kill and start again."""

    def __init__(self, directory: Path) -> None:
        (port,) = free_numbers(1)
        self.url = valkey.url(port, "secret")
        self._directory = directory
        self._port = port
        self.start(durable=True)

    def start(self, *, durable: bool) -> None:
        command = valkey.server_command(self._directory, self._port, password="secret", durable=durable)
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
        while not valkey.is_ready(self.url):
            assert self._process.poll() is None
            time.sleep(0.02)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def queued(self) -> int:
        with Redis.from_url(self.url) as client:
            return int(client.llen("approval_svc"))


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path)
    yield broker
    broker.kill()


@pytest.fixture
def app(own_broker: Broker) -> Iterator[Celery]:
    made = make_celery("request_svc", own_broker.url)
    yield made
    made.close()


def write(database: Database, messages: int = 1) -> None:
    with database.transaction() as session:
        for _ in range(messages):
            publish(session, withdrawn(), correlation_id=new_id(), now=NOW)


def send_all(relay: Relay) -> None:
    while relay.send_batch(NOW):
        pass


def test_what_was_on_its_way_through_an_emptied_broker_is_sent_again_at_once_and_once(
    database: Database, broker: Celery, servers: Servers
) -> None:
    relay, handler, redis = Relay(database, broker, "request_svc"), Recorder(), Redis.from_url(servers.broker_url)
    write(database, 450)
    send_all(relay)
    assert relay.send_forgotten(NOW) == 0
    redis.flushall()
    assert relay.send_forgotten(NOW) == 450
    assert relay.send_forgotten(NOW) == 0
    while redis.llen("approval_svc"):
        worker.receive_chunk(database, {"RequestWithdrawn": handler}, {}, taken_off(broker, "approval_svc"))
    assert len(handler.seen) == 450


def test_two_relays_agree_on_what_the_broker_forgot(database: Database, broker: Celery, servers: Servers) -> None:
    relays = [Relay(database, broker, "request_svc") for _ in range(2)]
    write(database, 10)
    send_all(relays[0])
    Redis.from_url(servers.broker_url).flushall()
    assert sorted(relay.send_forgotten(NOW) for relay in relays) == [0, 10]


def test_relays_that_begin_at_the_same_time_find_one_memory(broker: Celery, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = memory_of(broker, "request_svc"), memory_of(broker, "request_svc")
    found: list[str | None] = []

    def meanwhile() -> UUID:
        if not found:
            found.append(None)
            found[0] = other.present()
        return uuid4()

    monkeypatch.setattr("shared.messaging.memory.uuid4", meanwhile)
    assert one.present() == found[0] is not None


def test_a_row_taken_has_nothing_to_fear_from_an_emptied_broker(
    database: Database, broker: Celery, servers: Servers
) -> None:
    relay = Relay(database, broker, "request_svc")
    write(database)
    send_all(relay)
    worker.receive_chunk(database, {"RequestWithdrawn": Recorder()}, {}, taken_off(broker, "approval_svc"))
    relay.send_receipts()
    worker.receive_chunk(database, {}, {}, taken_off(broker, "request_svc"))
    Redis.from_url(servers.broker_url).flushall()
    assert relay.send_forgotten(NOW) == 0


@pytest.mark.parametrize("durable", [False, True], ids=["without what it kept", "with what it kept until a while ago"])
def test_a_broker_that_starts_again_counts_as_one_that_forgot(
    database: Database, app: Celery, own_broker: Broker, durable: bool
) -> None:
    relay = Relay(database, app, "request_svc")
    write(database)
    send_all(relay)
    own_broker.kill()
    with pytest.raises(FAULTS):
        relay.send_forgotten(NOW)
    own_broker.start(durable=durable)
    assert relay.send_forgotten(NOW) == 1
    assert relay.send_forgotten(NOW) == 0


def test_a_long_queue_that_nobody_works_on_is_left_alone(database: Database, broker: Celery) -> None:
    relay = Relay(database, broker, "request_svc")
    write(database, 300)
    send_all(relay)
    later = NOW + 10 * FIRST_PAUSE
    assert (relay.send_forgotten(later), relay.send_overdue(later)) == (0, 0)


def test_a_running_relay_sends_again_by_itself_what_a_killed_broker_lost(
    database: Database, app: Celery, own_broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Relay, "send_overdue", lambda *_: 0)
    with running(Relay(database, app, "request_svc")):
        write(database, 3)
        until(lambda: own_broker.queued() == 1)
        own_broker.kill()
        own_broker.start(durable=False)
        until(lambda: own_broker.queued() == 1)


def test_a_full_broker_only_delays(database: Database, app: Celery, own_broker: Broker) -> None:
    relay, admin = Relay(database, app, "request_svc"), Redis.from_url(own_broker.url)
    admin.config_set("maxmemory", 1)
    write(database)
    with pytest.raises(FAULTS, match="maxmemory"):
        relay.send_batch(NOW)
    write(database)
    with running(relay):
        admin.config_set("maxmemory", 0)
        until(lambda: own_broker.queued() == 1)
    with database.reading() as session:
        assert None not in session.scalars(select(outbox.c.sent_at)).all()


def test_another_kind_of_broker_shows_no_memory_and_is_not_asked_for_one(database: Database) -> None:
    app = make_celery("request_svc", "amqp://127.0.0.1:9//")
    assert isinstance(memory_of(app, "request_svc"), NoMemory)
    app.close()


def until(happened: Callable[[], bool], seconds: float = 20) -> None:
    """Waits for what another process or thread does."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.05)
