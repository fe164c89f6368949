"""Anything can lie on a queue: a real worker process goes on, and keeps what it can read as dead letters."""

import json
import os
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from redis import Redis
from sqlalchemy import select

from deploy.local.servers import Servers
from shared.db import Database
from shared.ids import new_id
from shared.messaging import receipts
from shared.messaging.broker import TASK
from shared.messaging.states import State
from shared.messaging.tables import inbox, message_history
from shared.messaging.transport import as_task
from tests.conftest import ROOT
from tests.shared.messages import enveloped
from tests.shared.test_memory import until

QUEUE = "identity_svc"
MAIL = "notify_svc.mail"


def task(*args: Any, name: str = TASK, body: str | None = None, **headers: Any) -> str:
    encoded = b64encode((body or json.dumps([list(args), {}, {}])).encode()).decode()
    return json.dumps(
        {
            "body": encoded,
            "content-type": "application/json",
            "content-encoding": "utf-8",
            "headers": {"task": name, "id": "1", "lang": "py"} | headers,
            "properties": {
                "body_encoding": "base64",
                "delivery_tag": "1",
                "delivery_info": {"exchange": "", "routing_key": QUEUE},
            },
        }
    )


GARBAGE: dict[str, str | bytes] = {
    "no JSON": "}{",
    "no text": b"\xff\xfe\x00",
    "nothing": "",
    "a number": "7",
    "a list": "[]",
    "an empty task": "{}",
    "nested without end": "[" * 100_000,
    "no body": json.dumps({"headers": {"task": TASK}, "properties": {"delivery_tag": "1"}}),
    "an unknown task": task([enveloped()], name="os.system"),
    "no arguments": task(),
    "too many arguments": task([], []),
    "arguments of the wrong type": task("chunk"),
    "an unreadable body": task(body="}{"),
    "a pickle": task([enveloped()]).replace("application/json", "application/x-python-serialize"),
    "what is no message": task([7, None, "x", {"received": 7}, {"type": []}]),
    "a chunk that is far too long": task([{"many": number} for number in range(250)]),
    "what is due in a year": task([{"late": 1}], eta="2099-01-01T00:00:00+00:00"),
    "what expired": task([{"late": 2}], expires="2000-01-01T00:00:00+00:00"),
    "retries of a wrong type": task([{"late": 3}], retries="many", timelimit="long"),
}


@pytest.fixture
def redis(servers: Servers) -> Redis:
    client = Redis.from_url(servers.broker_url)
    client.flushall()
    return client


@contextmanager
def process_of(
    settings_environ: dict[str, str], tmp_path: Path, service: str = "identity_svc", role: str = "worker"
) -> Iterator[Any]:
    ready = tmp_path / "ready"
    command = [str(Path(sys.executable).with_name("countersign")), "run", service, role]
    environ = os.environ | settings_environ | {"READY_FILE": str(ready), "LOG_FORMAT": "console"}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log, cwd=ROOT)
        try:
            until(ready.exists, 30)
            yield process
        finally:
            process.terminate()
            process.wait(30)


def states(database: Database) -> list[State]:
    with database.reading() as session:
        return list(session.scalars(select(inbox.c.state)))


def delivered(database: Database, redis: Redis, envelope: dict[str, Any], queue: str = QUEUE) -> Callable[[], bool]:
    """Pushes a message that neither process handles, and returns whether the inbox has it by now."""
    redis.lpush(queue, task([envelope]))
    wanted = select(inbox.c.message_id).where(inbox.c.message_id == envelope["message_id"])

    def is_there() -> bool:
        with database.reading() as session:
            return session.scalar(wanted) is not None

    return is_there


def delivered_in_the_end(database: Database, redis: Redis, envelope: dict[str, Any]) -> Callable[[], bool]:
    """As `delivered`, sent again every few seconds, as a relay does.

    What the broker gave to a connection that had just ended is gone: nobody but the sender brings it back.
    """
    sent: list[float] = []
    tries: list[Callable[[], bool]] = []

    def is_there() -> bool:
        if not sent or time.monotonic() > sent[-1] + 5:
            sent.append(time.monotonic())
            tries.append(delivered(database, redis, envelope))
        return tries[-1]()

    return is_there


def test_a_worker_survives_whatever_lies_on_its_queue(
    identity_database: Database, redis: Redis, settings_environ: dict[str, str], tmp_path: Path
) -> None:
    with process_of(settings_environ, tmp_path) as process:
        for garbage in (*GARBAGE.values(), *GARBAGE.values()):
            redis.lpush(QUEUE, garbage)
        until(delivered(identity_database, redis, enveloped()))
        assert process.poll() is None
    with identity_database.reading() as session:
        kept = session.execute(select(inbox.c.type, inbox.c.state, inbox.c.envelope)).all()
        assert len(session.scalars(select(message_history.c.what)).all()) == len(kept)
    assert {row.state for row in kept} == {State.DEAD}
    raw = " ".join(row.envelope.get("raw", "") for row in kept)
    for trace in ("os.system", "}{", "ufffd", '"late": 1', '"late": 2', '"late": 3', '"type": []', "deeply"):
        assert trace in raw
    assert redis.exists("unacked") == 0


def test_so_does_the_mailer_with_its_many_threads(
    notify_database: Database, redis: Redis, settings_environ: dict[str, str], tmp_path: Path
) -> None:
    with process_of(settings_environ, tmp_path, "notify_svc", "mailer") as process:
        redis.lpush(MAIL, *GARBAGE.values())
        until(delivered(notify_database, redis, enveloped(), MAIL))
        until(lambda: redis.exists("unacked") == 0)
        assert process.poll() is None
    assert set(states(notify_database)) == {State.DEAD}


def test_a_worker_goes_on_after_a_broker_that_was_full_and_one_that_took_no_writes(
    identity_database: Database, redis: Redis, settings_environ: dict[str, str], tmp_path: Path
) -> None:
    with process_of(settings_environ, tmp_path) as process:
        redis.lpush(QUEUE, task([enveloped()]))
        redis.config_set("maxmemory", 1)
        until(lambda: len(states(identity_database)) == 1)
        redis.config_set("maxmemory", 0)
        redis.config_set("min-replicas-to-write", 1)
        time.sleep(4)  # long enough for the worker to ask, be refused, connect anew, and be refused again
        redis.config_set("min-replicas-to-write", 0)
        until(delivered_in_the_end(identity_database, redis, enveloped()), 40)
        assert process.poll() is None


def test_a_task_of_ours_arrives_as_it_was_sent(broker: Celery, servers: Servers) -> None:
    chunk = [receipts.addressed(enveloped(), new_id(), "request_svc")]
    broker.send_task(TASK, args=[chunk], queue=QUEUE)
    raw = Redis.from_url(servers.broker_url).rpop(QUEUE)
    assert isinstance(raw, bytes)
    sent = json.loads(raw)
    assert as_task(sent, QUEUE)["body"] == sent["body"]
