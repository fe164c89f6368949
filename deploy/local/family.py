"""All processes of one local stack, found by a mark in their environment: even those whose supervisor was killed."""

import time
from collections.abc import Iterator, Sequence

import psutil

from deploy.local.environment import MARKER
from deploy.local.layout import Layout

PAUSE_SECONDS = 0.05


def members(layout: Layout) -> Iterator[psutil.Process]:
    """Yields every living process of the stack, its supervisor included."""
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARKER) == str(layout.directory):
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue


def wait(processes: Sequence[psutil.Process], *, seconds: float) -> list[psutil.Process]:
    """Waits until all `processes` have ended, and returns those that have not after `seconds`."""
    deadline = time.monotonic() + seconds
    while left := [process for process in processes if not _has_ended(process)]:
        if time.monotonic() > deadline:
            return left
        time.sleep(PAUSE_SECONDS)
    return []


def end(layout: Layout, *, patience: float) -> None:
    """Ends what is left of the stack: asks, and takes away by force what does not go within `patience` seconds."""
    left = list(members(layout))
    for process in left:
        _signal(process, force=False)
    stubborn = wait(left, seconds=patience)
    for process in stubborn:
        _signal(process, force=True)
    wait(stubborn, seconds=patience)


def _has_ended(process: psutil.Process) -> bool:
    try:
        # In a container, the first process often buries nobody's children: a zombie has ended.
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _signal(process: psutil.Process, *, force: bool) -> None:
    try:
        process.kill() if force else process.terminate()
    except psutil.NoSuchProcess:
        return
