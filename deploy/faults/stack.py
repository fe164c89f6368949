"""A running stack that faults are put into: its addresses, processes, commands and mail server."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil

from deploy.faults.smtp import FaultySmtp
from deploy.local import lifecycle, programs, supervisor
from deploy.local.environment import Environment
from deploy.local.layout import ROOT, Layout
from deploy.local.ports import free_numbers
from deploy.local.programs import Program
from deploy.local.supervisor import ProcessState

PATIENCE_SECONDS = 180.0
"""Longer than the longest fault: a process that is killed while the broker is away is ready when that is back."""
PAUSE_SECONDS = 0.1


class StillDownError(Exception):
    """A process is not back in time; the message says which."""


class Stack:
    """A handle on one running stack; any thread may use it."""

    def __init__(self, layout: Layout, environment: Environment, smtp: FaultySmtp, *, shortening: float = 1.0) -> None:
        self.layout = layout
        self.environment = environment
        self.smtp = smtp
        self.shortening = shortening
        """What the length of each fault is multiplied by."""
        known = (*programs.servers(layout, environment), *programs.applications(layout, environment))
        self._programs: Mapping[str, Program] = {program.name: program for program in known}

    @property
    def broker_url(self) -> str:
        """The broker, password included."""
        return self.environment.broker_url

    @property
    def superuser_url(self) -> str:
        """The SQLAlchemy URL of the database `postgres` for PostgreSQL's superuser."""
        return self.environment.superuser_url

    @property
    def settings_file(self) -> Path:
        """The environment of every process, one NAME=value a line."""
        return self.layout.settings

    @property
    def values(self) -> Mapping[str, str]:
        """The environment of every process."""
        return self.environment.values

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all programs, such as `postgres`, `valkey` and `request-worker`."""
        return tuple(self._programs)

    def url(self, service: str) -> str:
        """Returns the public URL of a service such as `request_svc`, without a trailing slash."""
        return self.environment.url(service)

    def database_url(self, service: str) -> str:
        """Returns the SQLAlchemy URL of a service's own database."""
        return self.environment.database_url(service)

    def programs_of(self, service: str) -> tuple[str, ...]:
        """Returns the names of the programs of a service such as `request_svc`."""
        return tuple(name for name in self.names if name.startswith(f"{service.removesuffix('_svc')}-"))

    def processes(self) -> dict[str, ProcessState]:
        """Returns the state of every program, by its name."""
        return {process.name: process for process in supervisor.processes(self.layout)}

    def pid(self, name: str) -> int:
        """Returns the process id of a program; 0 while it does not run."""
        return self.processes()[name].pid

    def kill(self, name: str) -> int:
        """Kills the process of a program (SIGKILL); returns its id, or 0 when it did not run."""
        pid = self.pid(name)
        if pid:
            self.forget_ready(name)
            kill(pid)
        return pid

    def stop(self, *names: str) -> None:
        """Ends programs in good order, all at once, and keeps them stopped. Raises `StillDownError`."""
        with ThreadPoolExecutor(len(names)) as pool:
            list(pool.map(self._stop, names))

    def start(self, *names: str) -> None:
        """Starts programs that were stopped, and waits until they are ready. Raises `StillDownError`."""
        for name in names:
            supervisor.start_process(self.layout, name)
        for name in names:
            self.wait_ready(name)

    def wait_ready(self, name: str, *, other_than: int = 0) -> None:
        """Waits until a program works, by another process than the one named. Raises `StillDownError`."""

        def works() -> bool:
            process = self.processes()[name]
            return process.lives and process.pid != other_than and self._programs[name].is_ready()

        wait_until(works, f"{name} is not back at work")

    def _stop(self, name: str) -> None:
        wait_until(lambda: supervisor.stop_process(self.layout, name), f"{name} does not stop")
        self.forget_ready(name)

    def whole(self) -> bool:
        """Tells whether every program runs and is ready."""
        states = self.processes()
        return all(states[name].lives and program.is_ready() for name, program in self._programs.items())

    def endure(self, seconds: float) -> None:
        """Lets time pass while a fault lasts."""
        time.sleep(seconds)

    def forget_ready(self, name: str) -> None:
        """Removes the file by which an earlier process told that it was ready."""
        if file := self._programs[name].ready_file:
            file.unlink(missing_ok=True)

    def spawn(self, service: str, role: str, *, called: str) -> "subprocess.Popen[bytes]":
        """Starts one more process of a service beside those of the supervisor; whoever called ends it."""
        # A session of its own: Ctrl-C reaches whoever runs the faults, who ends all in order.
        with self.layout.log(called).open("ab") as log:
            return subprocess.Popen(
                [programs.countersign(), "run", service, role],
                cwd=ROOT,
                env={**os.environ, **self.values, "READY_FILE": str(self.layout.ready / called)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def countersign(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Runs an operator command with the stack's settings; what it printed is in `stdout`."""
        return subprocess.run(
            [programs.countersign(), *words],
            cwd=ROOT,
            env={**os.environ, **self.values},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


@contextmanager
def running(
    directory: Path,
    *,
    changes: Mapping[str, str] | None = None,
    shortening: float = 1.0,
    say: Callable[[str], None] = lambda _step: None,
) -> Iterator[Stack]:
    """Runs a stack on free ports with its data in `directory` and a mail server of its own; none is left afterwards.

    `changes` are settings that shall be otherwise; `say` is told of each step. Raises one of `lifecycle.FAILURES`.
    """
    layout = Layout(directory.resolve())
    smtp = FaultySmtp(free_numbers(1)[0])
    smtp.start()
    try:
        settings = {"SMTP_URL": smtp.url, **(changes or {})}
        started = lifecycle.start(layout, on_free_ports=True, say=say, changes=settings)
        yield Stack(layout, started.environment, smtp, shortening=shortening)
    finally:
        lifecycle.end(layout)
        smtp.stop()


def kill(pid: int) -> None:
    """Kills a process (SIGKILL) and waits until it is gone, or buried by whoever started it."""
    try:
        process = psutil.Process(pid)
        process.kill()
        process.wait(timeout=PATIENCE_SECONDS)
    except psutil.NoSuchProcess:
        return


def wait_until(condition: Callable[[], bool], otherwise: str, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Returns when the condition holds; raises `StillDownError` saying `otherwise` when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise StillDownError(f"{otherwise} after {seconds:.0f} seconds.")
        time.sleep(PAUSE_SECONDS)
