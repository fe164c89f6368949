"""What an injector is: it puts one kind of fault into a stack, and leaves the stack whole."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from deploy.faults.kinds import KINDS
from deploy.faults.stack import Stack


@dataclass(frozen=True)
class Struck:
    """What a fault did: a sentence, when it ended (`time.monotonic()`), and what it can be known by in the books."""

    note: str
    ended: float = field(default_factory=time.monotonic)
    marks: tuple[str, ...] = ()


Strike = Callable[[Stack, str, float], Struck]
"""`(stack, target, seconds)`: lets the fault last so long, and returns when the stack is whole again."""


@dataclass(frozen=True)
class Injected:
    """A fault that was. `began` and `ended` are `time.monotonic()`: from the end on the stack could recover.

    `marks` are, for poison, what its dead letters can be known by: one of them stands in each of their envelopes.
    """

    kind: str
    target: str
    began: float
    ended: float
    note: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Injector:
    """Puts one kind of fault into a stack."""

    kind: str
    strike: Strike

    def inject(self, stack: Stack, target: str) -> Injected:
        """Returns when the fault is over and the stack whole. Raises `StillDownError` when it is not in time."""
        began = time.monotonic()
        struck = self.strike(stack, target, KINDS[self.kind].seconds * stack.shortening)
        return Injected(self.kind, target, began, struck.ended, struck.note, struck.marks)
