"""From nothing to a running stack, and back to nothing."""

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deploy.local import demonstration, family, health, postgres, programs, summary, supervisor
from deploy.local.environment import SERVICES, Environment, prepare
from deploy.local.layout import Layout
from deploy.local.ports import BadPortError, BusyPortError, free_ports, from_environment, require_free

# The supervisor ends its two groups of processes one after the other.
SHUTDOWN_SECONDS = 2 * supervisor.STOP_SECONDS + 5
LAST_LINES = 25

FAILURES = (
    BadPortError,
    BusyPortError,
    demonstration.CommandFailedError,
    health.UnhealthyError,
    postgres.PostgresError,
)


@dataclass(frozen=True)
class Running:
    """A stack that was started: the process of its supervisor, and its settings."""

    supervisor: "subprocess.Popen[bytes]"
    environment: Environment


def start(
    layout: Layout, *, on_free_ports: bool, say: Callable[[str], None], changes: Mapping[str, str] | None = None
) -> Running:
    """Starts everything, waits until it is ready and writes `stack.json`.

    `say` is told of each step; `changes` are settings that shall be otherwise. Raises one of `FAILURES`, after
    which `end` is still to be called.
    """
    # A supervisor that was killed leaves its processes behind, on the ports that are wanted now.
    family.end(layout, patience=supervisor.STOP_SECONDS)
    ports = free_ports() if on_free_ports else from_environment(os.environ)
    require_free(ports)
    layout.make()
    layout.forget_ready()
    environment = prepare(layout, ports, changes)
    process = _start_servers(layout, environment, say)
    say("Migrating the databases")
    demonstration.migrate(environment)
    say("Loading the demonstration data and starting the services")
    supervisor.start_applications(layout)
    demonstration.load(layout, environment)
    health.wait_until_ready(layout, programs.applications(layout, environment))
    summary.write(layout, environment)
    return Running(process, environment)


def end(layout: Layout) -> None:
    """Ends every process of the stack, in order where its supervisor still lives; none is left."""
    running = list(family.members(layout))
    if supervisor.shut_down(layout):
        family.wait(running, seconds=SHUTDOWN_SECONDS)
    family.end(layout, patience=supervisor.STOP_SECONDS)
    layout.stack.unlink(missing_ok=True)


def explain(layout: Layout, error: Exception) -> str:
    """Returns what a person should read about a failed start: a sentence, and the end of the log it points to."""
    if isinstance(error, health.UnhealthyError):
        return f"{error.reason} Its last lines:\n{_last_lines(_log(layout, error.program))}"
    if isinstance(error, demonstration.CommandFailedError):
        return f"`{error.command}` failed:\n{_last_lines(error.output)}"
    return str(error)


def _start_servers(layout: Layout, environment: Environment, say: Callable[[str], None]) -> "subprocess.Popen[bytes]":
    say("Starting PostgreSQL and Valkey")
    postgres.ensure_cluster(layout.postgres, password=environment.values["POSTGRES_PASSWORD"])
    servers, applications = programs.servers(layout, environment), programs.applications(layout, environment)
    supervisor.write_configuration(layout, {"servers": servers, "applications": applications})
    process = supervisor.start(layout, environment.values)
    health.wait_until_ready(layout, servers)
    passwords = {service: environment.values[f"{service.upper()}_DATABASE_PASSWORD"] for service in SERVICES}
    postgres.ensure_databases(environment.superuser_url, passwords)
    return process


def _log(layout: Layout, program: str) -> str:
    log = layout.log(program)
    return log.read_text(errors="replace") if log.exists() else ""


def _last_lines(text: str) -> str:
    return "\n".join(text.splitlines()[-LAST_LINES:]) or "(it has said nothing)"
