"""Faults of the broker: emptied, killed with all it knew, away, frozen, or with a full disk."""

import resource
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import redis

from deploy.faults.injectors.injector import Struck
from deploy.faults.injectors.marks import marks_in
from deploy.faults.stack import Stack, StillDownError, wait_until

PROGRAM = "valkey"
PROBE = "countersign-faults-probe"
ANSWER_SECONDS = 5.0
PATIENCE_SECONDS = 20.0
PAUSE_MILLISECONDS = 30_000


def flush(stack: Stack, _target: str, _seconds: float) -> Struck:
    """Empties the broker (FLUSHALL)."""
    with connected(stack) as broker:
        keys = broker.dbsize()
        forgotten = marks_in(broker, forget=True)
    return Struck(f"{keys} keys forgotten", forgotten=forgotten)


def kill_without_data(stack: Stack, target: str, _seconds: float) -> Struck:
    """Kills the broker (SIGKILL) and has its successor begin with nothing.

    Its files are taken away first, while it still writes to them: the supervisor may start the successor at once.
    Nothing is written from the look at what it forgets until its death.
    """
    with connected(stack) as broker:
        broker.set(PROBE, "kept")
    for path in stack.layout.valkey.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
    with connected(stack) as broker:
        broker.client_pause(PAUSE_MILLISECONDS, all=False)
        forgotten = marks_in(broker)
    pid = stack.kill(target)
    struck = Struck(f"process {pid}", forgotten=forgotten)
    stack.wait_ready(target, other_than=pid)
    with connected(stack) as broker:
        if broker.exists(PROBE):
            raise StillDownError("The broker remembers what it was to forget")
    return struck


def be_away(stack: Stack, target: str, seconds: float) -> Struck:
    """Has the broker refuse connections (`stopped`), or hold them without an answer (`frozen`)."""
    away = _frozen if target == "frozen" else _stopped
    with away(stack):
        stack.endure(seconds)
    struck = Struck(f"{target} for {seconds:.0f} s")
    stack.wait_ready(PROGRAM)
    return struck


def fill_disk(stack: Stack, target: str, seconds: float) -> Struck:
    """Lets no file of the broker grow any more: it refuses every write, as on a full disk (MISCONF).

    A limit on the size of files (RLIMIT_FSIZE) makes the same system call fail as a full disk does, for root and
    for everybody else, and for this one process alone: EFBIG instead of ENOSPC, which Valkey treats alike.
    Raises `StillDownError` when the broker goes on writing, or does not recover.
    """
    pid = stack.pid(target)
    if not pid:
        raise StillDownError("The broker does not run")
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        wait_until(lambda: not _takes_writes(stack), "The broker goes on writing", seconds=PATIENCE_SECONDS)
        stack.endure(seconds)
    finally:
        _lift_limit(pid, before)
    struck = Struck(f"no write was taken for {seconds:.0f} s")
    wait_until(lambda: _takes_writes(stack), "The broker takes no writes", seconds=PATIENCE_SECONDS)
    return struck


@contextmanager
def connected(stack: Stack) -> "Iterator[redis.Redis]":
    """Yields a connection to the broker. Raises `redis.RedisError` while it is away."""
    with redis.Redis.from_url(stack.broker_url, socket_timeout=ANSWER_SECONDS) as broker:
        yield broker


@contextmanager
def _stopped(stack: Stack) -> Iterator[None]:
    stack.stop(PROGRAM)
    try:
        yield
    finally:
        stack.start(PROGRAM)


@contextmanager
def _frozen(stack: Stack) -> Iterator[None]:
    process = psutil.Process(stack.pid(PROGRAM))
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def _takes_writes(stack: Stack) -> bool:
    try:
        with connected(stack) as broker:
            return bool(broker.set(PROBE, "written"))
    except redis.ResponseError:
        return False


def _lift_limit(pid: int, limit: tuple[int, int]) -> None:
    try:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)
    except ProcessLookupError:
        # Its successor has no limit.
        return
