"""What an injector is: it puts one kind of fault into a stack, and leaves the stack whole."""

import time
import xmlrpc.client
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException

import psutil
import psycopg
import redis

from deploy.faults.kinds import KINDS
from deploy.faults.stack import Stack, StillDownError

TRIES = 2
UNEXPECTED = (OSError, psutil.Error, psycopg.Error, redis.RedisError, HTTPException, xmlrpc.client.Fault)
"""A server or process was not there although nothing was to keep it away."""


@dataclass(frozen=True)
class Struck:
    """What a fault did: a sentence, when it ended (`time.monotonic()`), and what it can be known by in the books.

    `marks` and `forgotten` are those of `Injected`.
    """

    note: str
    ended: float = field(default_factory=time.monotonic)
    marks: tuple[str, ...] = ()
    forgotten: tuple[str, ...] = ()
    met: bool = True
    """Whether it struck anything; what did not is tried again, and no fault."""


Strike = Callable[[Stack, str, float], Struck]
"""`(stack, target, seconds)`: lets the fault last so long, and returns when the stack is whole again."""


@dataclass(frozen=True)
class Injected:
    """A fault that was. `began` and `ended` are `time.monotonic()`: from the end on the stack could recover.

    `marks` are, for poison, what its dead letters can be known by: one of them stands in each of their envelopes.
    `forgotten` are, for a broker that lost its memory, the marks of the poison that was in it: no dead letter is owed.
    `planned` is when it was to begin, as a `time.monotonic()` too. One that has not `met` anything was no fault.
    """

    kind: str
    target: str
    began: float
    ended: float
    note: str
    marks: tuple[str, ...] = ()
    forgotten: tuple[str, ...] = ()
    planned: float | None = None
    met: bool = True


@dataclass(frozen=True)
class Injector:
    """Puts one kind of fault into a stack."""

    kind: str
    strike: Strike

    def inject(self, stack: Stack, target: str) -> Injected:
        """Returns when the fault is over and the stack whole. Raises `StillDownError` when it is not in time.

        One that met nothing comes once more.
        """
        try:
            for _ in range(TRIES):
                began = time.monotonic()
                struck = self.strike(stack, target, KINDS[self.kind].seconds * stack.shortening)
                if struck.met:
                    break
        except UNEXPECTED as error:
            raise StillDownError(f"The stack was not fit for the fault: {type(error).__name__}: {error}") from error
        said = (struck.note, struck.marks, struck.forgotten)
        return Injected(self.kind, target, began, struck.ended, *said, met=struck.met)
