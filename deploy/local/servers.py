"""PostgreSQL and Valkey for as long as a `with` block lasts: what the tests run against."""

import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local import postgres, valkey
from deploy.local.ports import free_numbers

PATIENCE_SECONDS = 15
PAUSE_SECONDS = 0.05


class ServerError(Exception):
    """A server did not start; the message has its log."""


@dataclass(frozen=True)
class Servers:
    """The addresses of two running servers.

    `database_url` is an SQLAlchemy URL of the database `postgres` for the superuser; `broker_url` is a
    `redis://` URL of database 0.
    """

    database_url: str
    broker_url: str


@contextmanager
def embedded_servers(directory: Path) -> Iterator[Servers]:
    """Runs both servers on free ports of 127.0.0.1 with their data and logs in the existing, empty `directory`.

    They answer when the block begins and are gone when it ends. The data is not made safe against a power
    failure. Raises `PostgresError` when there can be no data directory, `ServerError` when a server does not start.
    """
    password = secrets.token_hex(16)
    postgres_port, valkey_port = free_numbers(2)
    servers = Servers(postgres.superuser_url(postgres_port, password), valkey.url(valkey_port, password))
    data, broker_data = directory / "postgres", directory / "valkey"
    postgres.ensure_cluster(data, password=password, durable=False)
    broker_data.mkdir(exist_ok=True)
    database = postgres.server_command(data, postgres_port, durable=False)
    broker = valkey.server_command(broker_data, valkey_port, password=password, durable=False)
    with (
        _running(database, directory / "postgres.log", signal.SIGINT) as postgres_process,
        _running(broker, directory / "valkey.log", signal.SIGTERM) as valkey_process,
    ):
        _wait(postgres_process, directory / "postgres.log", lambda: postgres.is_ready(servers.database_url))
        _wait(valkey_process, directory / "valkey.log", lambda: valkey.is_ready(servers.broker_url))
        yield servers


@contextmanager
def _running(command: Sequence[str], log: Path, stop: signal.Signals) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("ab") as output:
        # A session of its own: Ctrl-C on a test run must not take the servers away before the tests end.
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        _stop(process, stop)


def _wait(process: "subprocess.Popen[bytes]", log: Path, is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise ServerError(f"A server did not start; its log says:\n{log.read_text(errors='replace')}")
        time.sleep(PAUSE_SECONDS)


def _stop(process: "subprocess.Popen[bytes]", stop: signal.Signals) -> None:
    process.send_signal(stop)
    try:
        process.wait(timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
