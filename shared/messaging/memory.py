"""Which memory a broker has: it changes when the broker may have forgotten what it took.

A key that we left in the broker is gone after FLUSHALL, after a start without persistence, after an eviction, and in a
server that took another's place; the server's run id changes with every start, which matters because a server that
persists once a second may come back with the key and without the last second.
"""

from typing import Protocol
from uuid import uuid4

from celery import Celery


class Memory(Protocol):
    """Tells one memory of a broker from the next."""

    def present(self) -> str | None:
        """Returns the name of the present memory, or None for a broker that has none to show."""


class RedisMemory:
    """The memory of a server that speaks Redis's protocol."""

    def __init__(self, app: Celery, service: str) -> None:
        self._app = app
        self._key = f"countersign.memory.{service}"

    def present(self) -> str:
        """Returns run id and key; leaves a new key where there is none.

        Several relays agree, because only one SET … NX succeeds and all read after it.

        Raises:
            RedisError, OSError: the broker is away, full or does not take writes.
        """
        with self._app.connection_or_acquire() as connection:
            client = connection.default_channel.client
            run_id = client.info("server").get("run_id")
            key = client.get(self._key)
            if key is None:
                client.set(self._key, uuid4().hex, nx=True)
                key = client.get(self._key)
        return f"{run_id}/{key.decode() if key else ''}"


class NoMemory:
    """For a broker that shows no memory, such as one that speaks AMQP: what it lost is found by waiting."""

    def present(self) -> None:
        """Returns None."""


def memory_of(app: Celery, service: str) -> Memory:
    """Returns the memory of the app's broker. Makes no connection."""
    with app.connection_for_write() as connection:
        speaks_redis = connection.get_transport_cls().driver_type == "redis"
    return RedisMemory(app, service) if speaks_redis else NoMemory()
