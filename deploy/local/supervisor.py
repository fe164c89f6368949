"""The supervisor of the local stack: its configuration, its start, and questions to it.

Supervisor restarts a process that dies and ends all of them in order, the servers last. It listens on a Unix
socket in the stack's own directory.
"""

import os
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from supervisor.xmlrpc import Faults, SupervisorTransport

from deploy.local.files import write_private
from deploy.local.layout import ROOT, Layout
from deploy.local.programs import Program

SOCKET = "supervisor.sock"
# A Unix socket's path may have 107 characters; Supervisor first binds to one with its process id added.
LONGEST_SOCKET_PATH = 95
CONFIGURATION = "supervisord.conf"
# A process that ends earlier than this has failed to start.
START_SECONDS = 5
# It is started again after pauses that grow by a second each time; whatever it waits for, giving up helps nobody.
START_RETRIES = 1_000_000
STOP_SECONDS = 20
WITHOUT_WAITING = False
PAUSE_SECONDS = 0.05

Group = Literal["servers", "applications"]
# Supervisor starts low priorities first and stops them last.
_PRIORITIES: Mapping[Group, int] = {"servers": 1, "applications": 2}


@dataclass(frozen=True)
class ProcessState:
    """What the supervisor knows of one process; `pid` is 0 while it does not run."""

    name: str
    state: str
    pid: int

    @property
    def lives(self) -> bool:
        """Whether the process runs, be it for less than `START_SECONDS`."""
        return self.state in ("STARTING", "RUNNING")


def write_configuration(layout: Layout, programs: Mapping[Group, Sequence[Program]]) -> None:
    """Writes the supervisor's configuration beside its socket, readable by its owner alone: it has passwords in it."""
    sections = [_general(layout)]
    for group, members in programs.items():
        sections += [_section(f"program:{program.name}", _program(layout, group, program)) for program in members]
        names = ",".join(program.name for program in members)
        sections.append(_section(f"group:{group}", {"programs": names, "priority": _PRIORITIES[group]}))
    write_private(layout.directory / CONFIGURATION, "\n".join(sections))


def start(layout: Layout, environ: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """Starts the supervisor, which starts the servers; returns its process as soon as it answers or has ended.

    `environ` is added to the environment of every process.
    """
    process = _supervisord(layout, environ)
    while process.poll() is None and not is_running(layout):
        time.sleep(PAUSE_SECONDS)
    return process


def _supervisord(layout: Layout, environ: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "--configuration", CONFIGURATION]
    with layout.log("supervisord").open("ab") as log:
        # A session of its own: Ctrl-C reaches the stack's command alone, which then ends all in order.
        return subprocess.Popen(
            command,
            cwd=layout.directory,
            env={**os.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def is_running(layout: Layout) -> bool:
    """Tells whether a supervisor answers for this directory."""
    try:
        with _proxy(layout) as supervisor:
            return bool(supervisor.getState()["statename"])
    except OSError:
        return False


def processes(layout: Layout) -> list[ProcessState]:
    """Returns the state of every process; raises `OSError` when no supervisor answers."""
    with _proxy(layout) as supervisor:
        answers = cast("list[dict[str, Any]]", supervisor.getAllProcessInfo())
    return [ProcessState(answer["name"], answer["statename"], answer["pid"]) for answer in answers]


def start_applications(layout: Layout) -> None:
    """Starts every process that is not a server, without waiting for any."""
    with _proxy(layout) as supervisor:
        supervisor.startProcessGroup("applications", WITHOUT_WAITING)


def start_process(layout: Layout, name: str) -> None:
    """Starts one process, if it does not run, without waiting for it; raises `OSError` when no supervisor answers."""
    with _proxy(layout) as supervisor, _as_it_is(Faults.ALREADY_STARTED):
        supervisor.startProcess(_full_name(supervisor, name), WITHOUT_WAITING)


def stop_process(layout: Layout, name: str) -> bool:
    """Ends one process in good order, waits for its end, and leaves it stopped; raises `OSError`.

    Returns False for one that is dead at this moment and about to be started again: it cannot be stopped until then.
    """
    with _proxy(layout) as supervisor:
        full_name = _full_name(supervisor, name)
        with _as_it_is(Faults.NOT_RUNNING):
            supervisor.stopProcess(full_name)
        return bool(supervisor.getProcessInfo(full_name)["statename"] == "STOPPED")


def shut_down(layout: Layout) -> bool:
    """Asks the supervisor to end every process and then itself; returns whether there was one to ask."""
    try:
        with _proxy(layout) as supervisor:
            return bool(supervisor.shutdown())
    except OSError:
        return False


@contextmanager
def _proxy(layout: Layout) -> Iterator[Any]:
    with _address(layout) as path:
        transport = SupervisorTransport(serverurl=f"unix://{path}")
        with xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport) as proxy:
            yield proxy.supervisor


@contextmanager
def _address(layout: Layout) -> Iterator[Path]:
    """Yields a path of the socket that is short enough wherever the directory is."""
    path = layout.directory / SOCKET
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        yield path
        return
    # Not by a change of the working directory, which all threads have in common.
    opened = os.open(layout.directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield Path("/proc/self/fd", str(opened), SOCKET)
    finally:
        os.close(opened)


@contextmanager
def _as_it_is(code: int) -> Iterator[None]:
    """Takes no offence at a process that is already as it was to be."""
    try:
        yield
    except xmlrpc.client.Fault as fault:
        if fault.faultCode != code:
            raise


def _full_name(supervisor: Any, name: str) -> str:
    return next(f"{each['group']}:{name}" for each in supervisor.getAllProcessInfo() if each["name"] == name)


def _socket(layout: Layout) -> Path:
    """Returns the path that the supervisor is to bind; it makes every path absolute, and runs in the directory."""
    path = layout.directory / SOCKET
    return path if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH else Path("/proc/self/cwd", SOCKET)


def _general(layout: Layout) -> str:
    settings: dict[str, object] = {
        "logfile": layout.log("supervisord"),
        "pidfile": layout.directory / "supervisord.pid",
        "childlogdir": layout.logs,
        "silent": "true",
    }
    if os.geteuid() == 0:
        # Said aloud, because Supervisor warns of a root that nobody asked for.
        settings["user"] = "root"
    factory = "supervisor.rpcinterface:make_main_rpcinterface"
    return "\n".join(
        (
            _section("supervisord", settings),
            _section("unix_http_server", {"file": _socket(layout), "chmod": "0700"}),
            _section("rpcinterface:supervisor", {"supervisor.rpcinterface_factory": factory}),
        )
    )


def _program(layout: Layout, group: Group, program: Program) -> dict[str, object]:
    settings: dict[str, object] = {
        "command": shlex.join(program.command),
        "directory": ROOT,
        "autostart": str(group == "servers").lower(),
        "autorestart": "true",
        "startsecs": START_SECONDS,
        "startretries": START_RETRIES,
        "stopsignal": program.stop.name.removeprefix("SIG"),
        "stopwaitsecs": STOP_SECONDS,
        # Not `stopasgroup`: each process ends its own children in good order when it is given the time.
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": layout.log(program.name),
        "stdout_logfile_maxbytes": "10MB",
        "stdout_logfile_backups": 1,
    }
    if program.ready_file:
        settings["environment"] = f'READY_FILE="{program.ready_file}"'
    return settings


def _section(title: str, settings: Mapping[str, object]) -> str:
    # Supervisor expands %(name)s in every value.
    lines = [f"{name}={str(value).replace('%', '%%')}\n" for name, value in settings.items()]
    return f"[{title}]\n" + "".join(lines)
