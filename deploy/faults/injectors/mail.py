"""Faults of the mail server."""

from collections.abc import Callable

from deploy.faults.injectors.injector import Strike, Struck
from deploy.faults.smtp import Mode
from deploy.faults.stack import Stack


def misbehave(mode: Callable[[str], Mode]) -> Strike:
    """Returns a strike during which the mail server behaves as `mode` says of the target."""

    def strike(stack: Stack, target: str, seconds: float) -> Struck:
        before = len(stack.smtp.journal)
        unknown = frozenset({target}) if mode(target) is Mode.PERMANENT else frozenset()
        stack.smtp.behave(mode(target), unknown=unknown)
        try:
            stack.endure(seconds)
        finally:
            stack.smtp.behave(Mode.OK)
        outcomes = sorted({each.outcome for each in stack.smtp.journal[before:]})
        return Struck(f"for {seconds:.0f} s; mails were {', '.join(outcomes) or 'not tried'}")

    return strike
