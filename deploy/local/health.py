"""Waiting until every process of the stack is ready, or one of them has failed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from deploy.local import supervisor
from deploy.local.layout import Layout
from deploy.local.programs import Program
from deploy.local.supervisor import ProcessState

PAUSE_SECONDS = 0.1


@dataclass
class UnhealthyError(Exception):
    """A process has ended or is not ready in time; `reason` is a sentence."""

    program: str
    reason: str


def wait_until_ready(layout: Layout, programs: Sequence[Program], *, seconds: float = 90) -> None:
    """Returns when all `programs` are ready; raises `UnhealthyError` for one that ended, or after `seconds`."""
    deadline = time.monotonic() + seconds
    waiting = list(programs)
    while waiting:
        require_alive(layout)
        waiting = [program for program in waiting if not program.is_ready()]
        if waiting and time.monotonic() > deadline:
            raise UnhealthyError(waiting[0].name, f"{waiting[0].name} was not ready within {seconds:.0f} seconds.")
        time.sleep(PAUSE_SECONDS if waiting else 0)


def require_alive(layout: Layout) -> None:
    """Raises `UnhealthyError` when a process that was started has ended, or the supervisor has."""
    try:
        states = supervisor.processes(layout)
    except OSError as error:
        raise UnhealthyError("supervisord", f"The supervisor does not answer: {error}.") from error
    for process in states:
        if not process.lives and not _not_started_yet(process):
            raise UnhealthyError(process.name, f"{process.name} ended while the stack was starting.")


def _not_started_yet(process: ProcessState) -> bool:
    return process.state == "STOPPED"
