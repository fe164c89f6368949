"""Faults of messages: repeated, held back until others have overtaken them, or unreadable."""

import json
import time
from typing import Any
from uuid import uuid4

import psycopg
import redis
from kombu.exceptions import OperationalError
from psycopg.rows import dict_row

from deploy.faults.injectors.broker import connected
from deploy.faults.injectors.injector import Struck
from deploy.faults.injectors.marks import new_mark
from deploy.faults.stack import Stack, wait_until
from shared.clock import utc_now
from shared.contracts import SUBSCRIBERS
from shared.messaging.broker import TASK, make_celery
from shared.messaging.queues import traffic

MOST_PERIODS = 3
"""How many times its length nothing may come that could be held back."""
AWAY = (OperationalError, redis.RedisError, OSError)
SENT_ROWS = """
    SELECT queue, envelope || jsonb_build_object('after', after) AS envelope FROM (
        SELECT queue, envelope, after, row_number() OVER (PARTITION BY queue, type ORDER BY id DESC) AS age
        FROM outbox WHERE sent_at IS NOT NULL
    ) AS rows WHERE age % 7 = 1 AND age < 50
"""
"""Some of each type as the relay sends them, the newest among them, save that nobody asks for a receipt."""


def repeat(stack: Stack, target: str, _seconds: float) -> Struck:
    """Sends messages that a service has sent before once more, new and old ones of every type."""
    rows: list[dict[str, Any]] = []
    wait_until(lambda: _read(stack, target, rows), f"{target} cannot be read")
    for queue in {row["queue"] for row in rows}:
        _send(stack, queue, [row["envelope"] for row in rows if row["queue"] == queue])
    return Struck(f"{len(rows)} messages sent once more", met=bool(rows))


def hold_back(stack: Stack, target: str, seconds: float) -> Struck:
    """Takes messages off a queue before its workers do, lets later ones overtake them, gives them back last first."""
    held: list[bytes] = []
    began = time.monotonic()
    while (lasted := time.monotonic() - began) < seconds or (not held and lasted < MOST_PERIODS * seconds):
        if (taken := _take(stack, target)) is not None:
            held.append(taken)
    note, met = f"{len(held)} tasks held back", bool(held)
    wait_until(lambda: _push(stack, target, held), "The broker takes nothing back")
    return Struck(note, met=met)


def poison(stack: Stack, target: str, _seconds: float) -> Struck:
    """Puts onto a queue what cannot be read: as messages in a task, and as what is no task.

    Each of the marks is to stand in one dead letter.
    """
    marks = tuple(new_mark() for _ in range(7))
    envelopes, items = _messages(target, *marks[:4]), _no_tasks(*marks[4:])
    _send(stack, target, envelopes)
    note = f"{len(envelopes)} messages and {len(items)} things that are no task"
    wait_until(lambda: _push(stack, target, items), "The broker takes nothing")
    return Struck(note, marks=marks)


def _messages(queue: str, invalid: str, version: str, unknown: str, malformed: str) -> list[dict[str, Any]]:
    heard = next(message for message, queues in SUBSCRIBERS.items() if queue in queues)
    return [
        _envelope(heard.type(), heard.version, invalid),
        _envelope(heard.type(), 999, version),
        _envelope("NobodyKnowsThis", 1, unknown),
        {"message_id": "not an id", "poison": malformed},
    ]


def _no_tasks(no_text: str, no_json: str, no_task: str) -> list[bytes]:
    return [b"\xff\xfe" + no_text.encode(), f"[1, {no_json}".encode(), json.dumps({"poison": no_task}).encode()]


def _envelope(type: str, version: int, mark: str) -> dict[str, Any]:
    return {
        "message_id": str(uuid4()),
        "type": type,
        "version": version,
        "written_at": utc_now().isoformat(),
        "correlation_id": str(uuid4()),
        "cause": None,
        "data": {"poison": mark},
    }


def _send(stack: Stack, queue: str, envelopes: list[Any]) -> None:
    """Sends messages in tasks of the size that the relay gives them."""
    size = traffic(queue).chunk
    tasks = [envelopes[start : start + size] for start in range(0, len(envelopes), size)]
    wait_until(lambda: _sent(stack, queue, tasks), "The broker takes nothing")


def _sent(stack: Stack, queue: str, tasks: list[list[Any]]) -> bool:
    """Sends the tasks, as far as the broker takes them; those are removed."""
    app = make_celery(queue, stack.broker_url)
    try:
        while tasks:
            app.send_task(TASK, args=[tasks[-1]], queue=queue, retry=False)
            tasks.pop()
    except AWAY:
        return False
    finally:
        app.close()
    return True


def _read(stack: Stack, service: str, rows: list[dict[str, Any]]) -> bool:
    address = stack.database_url(service).replace("+psycopg", "")
    try:
        with psycopg.connect(address, row_factory=dict_row, connect_timeout=5) as connection:
            connection.read_only = True
            rows[:] = connection.execute(SENT_ROWS).fetchall()
    except psycopg.OperationalError:
        return False
    return True


def _take(stack: Stack, queue: str) -> bytes | None:
    """Returns the oldest task of the queue, or None when none comes within a second."""
    try:
        with connected(stack) as broker:
            taken: Any = broker.brpop([queue], timeout=1)
    except AWAY:
        time.sleep(1)
        return None
    return bytes(taken[1]) if taken else None


def _push(stack: Stack, queue: str, items: list[bytes]) -> bool:
    """Puts the items onto the queue, the last one first, as far as the broker takes them; those are removed."""
    try:
        with connected(stack) as broker:
            while items:
                broker.lpush(queue, items[-1])
                items.pop()
    except AWAY:
        return False
    return True
