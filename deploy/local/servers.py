"""PostgreSQL and Valkey for as long as a `with` block lasts: what the tests run against."""

from __future__ import annotations

import secrets
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local import postgres, valkey
from deploy.local.ports import free_numbers


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
    """Run both servers on free ports of 127.0.0.1 with their data and logs in the existing `directory`.

    They answer when the block begins and are gone when it ends. The data is not made safe against a power
    failure. Raises `PostgresError` or `ValkeyError` when a server does not start.
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
        _running(database, directory / "postgres.log", signal.SIGINT),
        _running(broker, directory / "valkey.log", signal.SIGTERM),
    ):
        postgres.wait_until_ready(servers.database_url)
        valkey.wait_until_ready(servers.broker_url)
        yield servers


@contextmanager
def _running(command: Sequence[str], log: Path, stop: signal.Signals) -> Iterator[None]:
    with log.open("ab") as output:
        # A session of its own: Ctrl-C on a test run must not take the servers away before the tests end.
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield
    finally:
        _stop(process, stop)


def _stop(process: subprocess.Popen[bytes], stop: signal.Signals) -> None:
    process.send_signal(stop)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
