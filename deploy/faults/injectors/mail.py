"""Faults of the mail server."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from deploy.faults.injectors.injector import Strike, Struck
from deploy.faults.officials import SECOND_OFFICIALS
from deploy.faults.smtp import Mode, Outcome
from deploy.faults.stack import Stack, StillDownError, kill, wait_until

PAUSE_SECONDS = 0.2
MOST_PERIODS = 2
"""How many times its length a fault may last that has met no mail yet: an official is not written to all the time."""
MAILER = "notify-mailer"
PATIENCE_SECONDS = 20.0
"""So long a mail may be on its way that the mailer is to be killed over."""
MET: Mapping[Mode, Outcome] = {
    Mode.TEMPORARY_AT_MAIL: "refused_4xx",
    Mode.TEMPORARY_AT_RCPT: "refused_4xx",
    Mode.TEMPORARY_AT_DATA: "refused_4xx",
    Mode.PERMANENT: "refused_5xx",
    Mode.HANGING: "hung",
    Mode.CUTTING: "cut_after_data",
}
"""What stands in the journal once a fault has met a mail; who finds the port closed leaves no trace in it."""


def misbehave(mode: Callable[[str], Mode]) -> Strike:
    """Returns a strike during which the mail server behaves as `mode` says of the target.

    It lasts longer than its time until it has met a mail. An address to be refused for good is joined by those of all
    second officials then: the first of them who is written to has met the fault, and ends it.
    """

    def strike(stack: Stack, target: str, seconds: float) -> Struck:
        before, began, chosen = len(stack.smtp.journal), time.monotonic(), mode(target)
        permanent = chosen is Mode.PERMANENT
        stack.smtp.behave(chosen, unknown=frozenset({target} if permanent else ()))
        try:
            stack.endure(seconds)
            if permanent and not _has_met(stack, chosen, before):
                stack.smtp.behave(chosen, unknown=frozenset({target, *SECOND_OFFICIALS}))
            while not _has_met(stack, chosen, before) and time.monotonic() - began < MOST_PERIODS * seconds:
                stack.endure(PAUSE_SECONDS)
        finally:
            stack.smtp.behave(Mode.OK)
        outcomes = sorted({each.outcome for each in stack.smtp.journal[before:]})
        note = f"for {time.monotonic() - began:.0f} s; mails were {', '.join(outcomes) or 'not tried'}"
        return Struck(note, met=_has_met(stack, chosen, before))

    return strike


def kill_mailer_after_250(stack: Stack, _target: str, _seconds: float) -> Struck:
    """Kills the mailer (SIGKILL) when the mail server has just taken a mail over and the mailer cannot know it yet."""
    killed: list[int] = []

    def strike_down() -> None:
        pid = stack.pid(MAILER)
        if pid:
            stack.forget_ready(MAILER)
            kill(pid)
        killed.append(pid)

    stack.smtp.behave(Mode.KILLING, kill=strike_down)
    try:
        _wait(killed)
    finally:
        stack.smtp.behave(Mode.OK)
    pid = killed[0] if killed else 0
    struck = Struck(f"{MAILER} was process {pid}" if pid else "mails were not tried", met=bool(pid))
    stack.wait_ready(MAILER, other_than=pid)
    return struck


def _wait(killed: list[int]) -> None:
    with suppress(StillDownError):
        wait_until(lambda: bool(killed), "Nothing was mailed", seconds=PATIENCE_SECONDS)


def _has_met(stack: Stack, mode: Mode, since: int) -> bool:
    return mode not in MET or any(each.outcome == MET[mode] for each in stack.smtp.journal[since:])
