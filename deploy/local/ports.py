"""The TCP ports of the local stack: fixed ones for people, free ones for tests."""

import random
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from itertools import islice

HOST = "127.0.0.1"
FREE = range(15_000, 32_000)
"""Where free ports are looked for: below those that systems give to outgoing connections (Linux from 32768 on), one of
which might take a port between its choice and its use."""


class BusyPortError(Exception):
    """A port that the stack needs belongs to another program; the message says which and what to do."""


class BadPortError(Exception):
    """A port named in the environment is not a port number; the message names the variable."""


@dataclass(frozen=True)
class Ports:
    """One port for each address that the stack listens on, all on 127.0.0.1."""

    request: int = 8001
    approval: int = 8002
    identity: int = 8003
    notify: int = 8004
    mailbox: int = 8025
    smtp: int = 1025
    postgres: int = 54320
    valkey: int = 63790


def variable(name: str) -> str:
    """Returns the environment variable that moves the port called `name`, such as `COUNTERSIGN_SMTP_PORT`."""
    return f"COUNTERSIGN_{name.upper()}_PORT"


def from_environment(environ: Mapping[str, str]) -> Ports:
    """Returns the default ports with those replaced that `environ` names; raises `BadPortError`."""
    chosen = {field.name: environ.get(variable(field.name)) for field in fields(Ports)}
    return Ports(**{name: _number(name, text) for name, text in chosen.items() if text})


def free_ports() -> Ports:
    """Returns ports that nobody listens on at this moment, all different."""
    names = [field.name for field in fields(Ports)]
    return Ports(**dict(zip(names, free_numbers(len(names)), strict=True)))


def free_numbers(count: int) -> list[int]:
    """Returns `count` different port numbers that nobody listens on at this moment.

    They are drawn at random, so that two programs which look at the same time hardly ever find the same ones.
    """
    found = (number for number in random.sample(FREE, len(FREE)) if _is_free(number))
    return list(islice(found, count))


def _is_free(number: int) -> bool:
    try:
        _bound(number).close()
    except OSError:
        return False
    return True


def require_free(ports: Ports) -> None:
    """Raises `BusyPortError`, with a sentence for the person at the keyboard, for the first port in use."""
    for name, number in asdict(ports).items():
        try:
            _bound(number).close()
        except OSError as error:
            raise BusyPortError(
                f"Port {number}, wanted for {name}, is in use by another program: stop that program, "
                f"or choose another port with {variable(name)}=NUMBER make run."
            ) from error


def _number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise BadPortError(f"{variable(name)} must be a port number from 1 to 65535, not {text!r}.")
    return int(text)


def _bound(number: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # As servers do: a port whose old connections linger in TIME_WAIT is free.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, number))
    except OSError:
        listener.close()
        raise
    return listener
