"""Every process of the local stack: its command, and how one sees that it is ready."""

import signal
import sys
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from deploy.local import postgres, valkey
from deploy.local.environment import SERVICES, Environment
from deploy.local.layout import Layout
from deploy.local.ports import HOST

ROLES = dict.fromkeys(SERVICES, ("web", "worker", "relay")) | {
    "approval_svc": ("web", "worker", "relay", "beat"),
    "notify_svc": ("web", "worker", "mailer", "relay"),
}


@dataclass(frozen=True)
class Program:
    """One supervised process.

    `is_ready` tells whether it does its work by now; `stop` is the signal that ends it in good order.
    """

    name: str
    command: Sequence[str]
    is_ready: Callable[[], bool]
    stop: signal.Signals = signal.SIGTERM
    ready_file: Path | None = None


def servers(layout: Layout, environment: Environment) -> list[Program]:
    """Returns PostgreSQL and Valkey, which run before and after everything else."""
    ports, password = environment.ports, environment.values["VALKEY_PASSWORD"]
    database = postgres.server_command(layout.postgres, ports.postgres)
    broker = valkey.server_command(layout.valkey, ports.valkey, password=password)
    return [
        Program("postgres", database, lambda: postgres.is_ready(environment.superuser_url), stop=signal.SIGINT),
        Program("valkey", broker, lambda: valkey.is_ready(environment.broker_url)),
    ]


def applications(layout: Layout, environment: Environment) -> list[Program]:
    """Returns the mailbox and every process of every service."""
    processes = [_process(layout, environment, service, role) for service in SERVICES for role in ROLES[service]]
    return [_mailbox(layout, environment), *processes]


def countersign() -> str:
    """Returns the path of the `countersign` command beside this Python."""
    return str(Path(sys.executable).with_name("countersign"))


def _mailbox(layout: Layout, environment: Environment) -> Program:
    ports = environment.ports
    command = [sys.executable, "-m", "deploy.local.mailbox", "--directory", str(layout.mail)]
    command += [
        "--assets",
        environment.values["ASSETS_DIR"],
        "--http",
        f"{HOST}:{ports.mailbox}",
        "--smtp",
        f"{HOST}:{ports.smtp}",
    ]
    return Program("mailbox", command, lambda: _answers(f"{environment.mailbox_url}/healthz"))


def _process(layout: Layout, environment: Environment, service: str, role: str) -> Program:
    name = f"{service.removesuffix('_svc')}-{role}"
    command = [countersign(), "run", service, role]
    if role == "web":
        return Program(name, command, lambda: _answers(f"{environment.url(service)}/healthz"))
    file = layout.ready / name
    return Program(name, command, file.exists, ready_file=file)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310  # our own http:// address
            return bool(response.status == HTTPStatus.OK)
    except OSError:
        return False
