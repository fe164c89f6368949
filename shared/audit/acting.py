"""Who acts, and from where, as far as what surrounds a use case knows it.

Who: "user:<user id>", "official:<id>" (by an emailed link), "operator:<account on the machine>", "service:<name>" or
"anonymous". From where: a few facts by name, of which `kind` is "web", "message", "command", "tick" or "process".
"""

import os
import pwd
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from shared.messaging.envelope import Envelope

ANONYMOUS = "anonymous"


@dataclass(frozen=True)
class Acting:
    """Who acts, from where, and for which role request if that is known."""

    who: str
    origin: Mapping[str, Any]
    correlation_id: UUID | None = None


_process = Acting("service:countersign", {"kind": "process"})
_around: ContextVar[Callable[[], Acting] | None] = ContextVar("countersign.audit.acting", default=None)


def this_process(service: str, role: str) -> None:
    """Says which service this process works for; it acts itself where nobody else is known to."""
    global _process
    _process = Acting(f"service:{service}", {"kind": "process", "process": role})


def now_acting() -> Acting:
    """Returns who acts at this moment."""
    who = _around.get()
    return who() if who else _process


@contextmanager
def acting(who: Acting | Callable[[], Acting]) -> Iterator[None]:
    """Makes that known to everything in the block; a function is asked when an entry is recorded."""
    token = _around.set(who if callable(who) else lambda: who)
    try:
        yield
    finally:
        _around.reset(token)


def begin(who: Callable[[], Acting]) -> None:
    """Makes that known from now on, where no block can be put around the work: a web request. `end` ends it."""
    _around.set(who)


def end() -> None:
    """Forgets what `begin` made known."""
    _around.set(None)


def user(user_id: str) -> str:
    """Returns how entries name somebody who is known by sign-in."""
    return f"user:{user_id}"


def official(official_id: UUID) -> str:
    """Returns how entries name a Security Official who is known by the emailed link."""
    return f"official:{official_id}"


def handling(envelope: "Envelope") -> Acting:
    """Returns that this service acts on a message."""
    origin = {"kind": "message", "message": envelope.type, "message_id": str(envelope.message_id)}
    return Acting(_process.who, origin, envelope.correlation_id)


def ticking(name: str) -> Acting:
    """Returns that this service acts because time has passed."""
    return Acting(_process.who, {"kind": "tick", "tick": name})


def operator_at_work() -> Acting:
    """Returns that the operator acts who started this command; its arguments are left out, which can be personal.

    The account is that of the process itself, not what its environment says.
    """
    import click

    context = click.get_current_context(silent=True)
    origin = {"kind": "command", "command": context.command_path if context else None, "host": socket.gethostname()}
    if sudo := os.environ.get("SUDO_USER"):
        origin["sudo_user"] = sudo
    return Acting(f"operator:{_account()}", origin)


def _account() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run as a number that has no name
        return str(os.getuid())
