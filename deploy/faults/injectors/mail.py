"""Faults of the mail server."""

import time
from collections.abc import Callable

from deploy.faults.injectors.injector import Strike, Struck
from deploy.faults.smtp import Mode
from deploy.faults.stack import Stack

PAUSE_SECONDS = 0.2
MOST_PERIODS = 3
"""How many times its length a fault may last that has met nobody yet: an official is not written to all the time."""


def misbehave(mode: Callable[[str], Mode]) -> Strike:
    """Returns a strike during which the mail server behaves as `mode` says of the target."""

    def strike(stack: Stack, target: str, seconds: float) -> Struck:
        before = len(stack.smtp.journal)
        unknown = frozenset({target}) if mode(target) is Mode.PERMANENT else frozenset()
        stack.smtp.behave(mode(target), unknown=unknown)
        try:
            began = time.monotonic()
            stack.endure(seconds)
            while unknown and not _refused(stack, before) and time.monotonic() - began < MOST_PERIODS * seconds:
                stack.endure(PAUSE_SECONDS)
        finally:
            stack.smtp.behave(Mode.OK)
        outcomes = sorted({each.outcome for each in stack.smtp.journal[before:]})
        return Struck(f"for {time.monotonic() - began:.0f} s; mails were {', '.join(outcomes) or 'not tried'}")

    return strike


def _refused(stack: Stack, since: int) -> bool:
    return any(each.outcome == "refused_5xx" for each in stack.smtp.journal[since:])
