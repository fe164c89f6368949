"""The kinds of faults: what each may strike, how long it lasts, and which of them come one at a time."""

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.faults.officials import SECOND_OFFICIALS
from deploy.local.environment import SERVICES
from deploy.local.programs import ROLES
from shared.contracts import QUEUES

SPAN_SECONDS = 360.0
"""A run that is this long has every fault at its whole length; a shorter run has fewer, and shorter ones."""


@dataclass(frozen=True)
class Kind:
    """One kind of fault.

    `seconds` is how long it lasts in a run of `SPAN_SECONDS` or more; putting it in and making the stack whole again
    takes some `effort` in seconds more. `targets` are what it may strike: one is drawn each time, or each has its turn
    when `every`. A big fault comes alone; small ones come whenever. Over one with a `burst`, many more people than
    otherwise ask for roles.
    """

    targets: tuple[str, ...]
    seconds: float = 0.0
    big: bool = True
    every: bool = False
    effort: float = 0.0
    burst: bool = False


def _kill(role: str) -> Kind:
    targets = tuple(f"{service.removesuffix('_svc')}-{role}" for service in SERVICES if role in ROLES[service])
    return Kind(targets, big=False, every=True)


_ROLES = sorted({role for roles in ROLES.values() for role in roles})
_QUEUES = tuple(queue for queues in QUEUES.values() for queue in queues)

KINDS: Mapping[str, Kind] = {
    **{f"kill {role}": _kill(role) for role in _ROLES},
    "kill gunicorn worker": _kill("web"),
    "broker flushed": Kind(("valkey",)),
    "broker killed without its data": Kind(("valkey",), effort=2),
    "broker away": Kind(("stopped", "frozen"), seconds=60, effort=2),
    "broker disk full": Kind(("valkey",), seconds=10, effort=2),
    "postgres restarted at once": Kind(("postgres",), effort=2),
    "postgres connections cut": Kind(("postgres",), seconds=3),
    "smtp refuses connections": Kind(("smtp",), seconds=8),
    "smtp answers 4xx": Kind(("MAIL", "RCPT", "DATA"), seconds=8),
    "smtp answers 5xx": Kind(SECOND_OFFICIALS, seconds=10, effort=5),
    "smtp hangs": Kind(("smtp",), seconds=12),
    "smtp cuts after DATA": Kind(("smtp",), seconds=8),
    "kill mailer after 250": Kind(("smtp",), effort=6),
    "a day of ticks skipped": Kind(("beat",), effort=8),
    "service stopped": Kind(("approval_svc", "notify_svc"), seconds=20, every=True, effort=10, burst=True),
    "two relays and two beats": Kind(("all",), seconds=12),
    "messages repeated": Kind(SERVICES, big=False, every=True),
    "messages out of order": Kind(_QUEUES, seconds=5, big=False, every=True),
    "poison": Kind(_QUEUES, big=False, every=True),
}
