"""Kombu's Redis transport, made to survive what it gives up on.

Anybody who reaches the broker can push anything on a queue, and a broker can be full or refuse to write. Kombu lets
each of these end the worker, with whatever it took off the queue. Here what is no task of ours is handed on as a
message that the inbox buries, and bookkeeping that the broker refuses does not stop the work: the sender sends it again
if need be.
"""

import json
import time
from base64 import b64decode, b64encode
from typing import Any
from uuid import uuid4

import structlog
from kombu.transport import redis as kombu_redis
from kombu.transport.virtual import QoS as QosInMemory
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError

from shared.messaging.broker import TASK

log = structlog.get_logger(__name__)

PAUSE_AFTER_REFUSAL_SECONDS = 1.0


class QoS(kombu_redis.QoS):
    """Keeps count of what the worker holds, also when the broker cannot be told."""

    def append(self, message: Any, delivery_tag: str) -> None:
        """Notes that the worker holds a task. It was taken off the queue already: it is handled in any case."""
        try:
            super().append(message, delivery_tag)
        except (RedisError, OSError) as error:
            log.warning("broker does not note who has a task", error=type(error).__name__)
            QosInMemory.append(self, message, delivery_tag)

    def ack(self, delivery_tag: str) -> None:
        """Notes that the worker is done with a task.

        Otherwise one that cannot be acknowledged counts as held for good, and a worker that may hold no more takes
        nothing any more and looks as if it were running. The broker gives it out again, which is harmless.
        """
        try:
            super().ack(delivery_tag)
        except (RedisError, OSError) as error:
            log.warning("task not acknowledged", error=type(error).__name__)
            QosInMemory.ack(self, delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Gives a task back, or drops it; one that cannot be given back is given out again after a while."""
        try:
            super().reject(delivery_tag, requeue=requeue)
        except (RedisError, OSError) as error:
            log.warning("task not given back", error=type(error).__name__)
            QosInMemory.ack(self, delivery_tag)

    def restore_visible(self, start: int = 0, num: int = 10, interval: int = 10) -> None:
        """Gives out again what somebody took and left, later when the broker may not write now."""
        try:
            super().restore_visible(start, num, interval)
        except ResponseError as error:
            log.warning("broker does not give out again what was left", error=type(error).__name__)


class Channel(kombu_redis.Channel):
    """Reads whatever lies on a queue."""

    QoS = QoS

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]  # the stubs lack it
        except json.JSONDecodeError as error:
            item = error.doc
        except UnicodeDecodeError as error:
            item = repr(error.object)
        except RecursionError:
            item = "nested too deeply"
        except RedisConnectionError:
            raise
        except ResponseError as error:
            # A broker that may not write now refuses to hand out too. Kombu knows no such error and gives up;
            # a lost connection it makes anew, for ever.
            time.sleep(PAUSE_AFTER_REFUSAL_SECONDS)
            raise RedisConnectionError(f"refused: {type(error).__name__}") from error
        self.connection._deliver(item, next(iter(self.active_queues)))  # noqa: SLF001 - as the method replaced does
        return True


class Transport(kombu_redis.Transport):
    """Delivers each item of a queue as a task of ours."""

    Channel = Channel
    # A worker that connects while the broker may not write is refused too; it tries again instead of ending.
    connection_errors = (*kombu_redis.Transport.connection_errors, ResponseError)

    def _deliver(self, message: Any, queue: str | None) -> None:
        super()._deliver(as_task(message, queue or ""), queue)


def as_task(item: Any, queue: str) -> dict[str, Any]:
    """Returns a task of ours, or one around whatever else the item is.

    Its headers are made anew: one that lets the task expire, wait or be revoked is none of ours.
    """
    try:
        (chunk,), options, _ = json.loads(b64decode(item["body"], validate=True))
        is_ours = isinstance(chunk, list) and options == {} and item["headers"]["task"] == TASK
        tag = item["properties"]["delivery_tag"]
    except (TypeError, ValueError, KeyError, RecursionError):
        is_ours, tag = False, None
    body = item["body"] if is_ours else _encoded([{"no_task_of_ours": item}])
    return _task(body, tag if isinstance(tag, str) else uuid4().hex, queue)


def _encoded(chunk: list[Any]) -> str:
    embedded = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
    return b64encode(json.dumps([[chunk], {}, embedded]).encode()).decode()


def _task(body: str, tag: str, queue: str) -> dict[str, Any]:
    """Returns a task message: https://docs.celeryq.dev/en/stable/internals/protocol.html, version 2."""
    task_id = str(uuid4())
    return {
        "body": body,
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {
            "lang": "py",
            "task": TASK,
            "id": task_id,
            "root_id": task_id,
            "parent_id": None,
            "group": None,
            "eta": None,
            "expires": None,
            "retries": 0,
            "timelimit": [None, None],
            "argsrepr": "",
            "kwargsrepr": "",
            "origin": "",
        },
        "properties": {
            "body_encoding": "base64",
            "delivery_tag": tag,
            "delivery_mode": 2,
            "priority": 0,
            "correlation_id": task_id,
            "delivery_info": {"exchange": "", "routing_key": queue},
        },
    }
