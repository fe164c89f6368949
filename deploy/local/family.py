"""All processes of one local stack, found by a mark in their environment: even those whose supervisor was killed."""

from collections.abc import Iterator

import psutil

from deploy.local.environment import MARKER
from deploy.local.layout import Layout


def members(layout: Layout) -> Iterator[psutil.Process]:
    """Yields every process of the stack, its supervisor included."""
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARKER) == str(layout.directory):
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue


def end(layout: Layout, *, patience: float) -> None:
    """Ends what is left of the stack: asks, and takes away by force what does not go within `patience` seconds."""
    left = list(members(layout))
    for process in left:
        _signal(process, force=False)
    _, stubborn = psutil.wait_procs(left, timeout=patience)
    for process in stubborn:
        _signal(process, force=True)
    psutil.wait_procs(stubborn, timeout=patience)


def _signal(process: psutil.Process, *, force: bool) -> None:
    try:
        process.kill() if force else process.terminate()
    except psutil.NoSuchProcess:
        return
