"""Marks: what poison is known by, in the broker's memory and in dead letters."""

import base64
import re
from typing import Any
from uuid import uuid4

import redis

POISON = "countersign-faults-poison"
"""Stands in each dead letter that is our doing."""
_MARK = re.compile(rb"%s-[0-9a-f]{32}" % POISON.encode())
_BODY = re.compile(rb'"body":\s*"([A-Za-z0-9+/=]+)"')
"""Kombu keeps the body of a task as base64, in queues as among what workers hold (`unacked`)."""
_READ = """
    local found = {}
    for _, key in ipairs(redis.call('KEYS', '*')) do
        local kind = redis.call('TYPE', key).ok
        local values = {}
        if kind == 'list' then values = redis.call('LRANGE', key, 0, -1) end
        if kind == 'hash' then values = redis.call('HVALS', key) end
        for _, value in ipairs(values) do table.insert(found, value) end
    end
    if ARGV[1] == 'forget' then redis.call('FLUSHALL') end
    return found
"""


def new_mark() -> str:
    """Returns a mark that nothing else bears."""
    return f"{POISON}-{uuid4().hex}"


def marks_in(broker: "redis.Redis", *, forget: bool = False) -> tuple[str, ...]:
    """Returns the marks of all poison that waits in queues or is with workers; with `forget`, the broker is emptied.

    Both is one step: nothing comes or goes between them. Raises `redis.RedisError` while the broker is away.
    """
    # A broker that is paused for writers still answers what is declared to write nothing.
    items: Any = broker.eval(_READ, 0, "forget") if forget else broker.eval_ro(_READ, 0, "keep")
    found = {mark.decode() for item in items for text in _texts(item) for mark in _MARK.findall(text)}
    return tuple(sorted(found))


def _texts(item: bytes) -> list[bytes]:
    return [item, *(base64.b64decode(body) for body in _BODY.findall(item))]
