"""What can become of a message that a service received, and what can go wrong with it."""

from enum import StrEnum


class State(StrEnum):
    """Where a received message is.

    `done` and `closed` are ends. `failed` is tried again when it is due. `waiting` waits for a message that was
    written before it. `dead` is a dead letter: it waits for operations, and so does what was written after it.
    """

    DONE = "done"
    FAILED = "failed"
    WAITING = "waiting"
    DEAD = "dead"
    CLOSED = "closed"


OVER = (State.DONE, State.CLOSED)
"""A message in one of these states lets those that were written after it go on."""


class Kind(StrEnum):
    """What kind of failure it was, which says how often it is worth another try."""

    TEMPORARY = "temporary"
    """Something that we need is away: tried for days."""
    FAULT = "fault"
    """Our code failed: tried a few times, because it may have been a coincidence."""
    POISON = "poison"
    """The message cannot be read, or nobody handles it: not tried again."""
    NOT_YET = "not_yet"
    """It builds on something that has not come: waited for."""


class Event(StrEnum):
    """What a line of a message's history tells."""

    FAILED = "failed"
    BURIED = "buried"
    REPAIRED = "repaired"
    REPLAYED = "replayed"
    CLOSED = "closed"
