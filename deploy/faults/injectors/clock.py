"""Faults of time, by the clock argument: the host's clock is left alone."""

from datetime import timedelta

from deploy.faults.injectors.injector import Struck
from deploy.faults.stack import Stack, StillDownError
from deploy.local.programs import ROLES
from shared.clock import utc_now

SKIPPED = timedelta(days=1)


def skip_a_day(stack: Stack, _target: str, _seconds: float) -> Struck:
    """Stops each beat, runs its ticks once as if a day had passed without any, and starts it again.

    Raises `StillDownError` when a tick fails.
    """
    services = [service for service, roles in ROLES.items() if "beat" in roles]
    names = [f"{service.removesuffix('_svc')}-beat" for service in services]
    at = utc_now() + SKIPPED
    stack.stop(*names)
    done = [stack.countersign("tick", service, "--at", at.isoformat()) for service in services]
    struck = Struck(f"the ticks of {', '.join(services)} ran at {at:%Y-%m-%d %H:%M} UTC")
    stack.start(*names)
    if failed := [each.stdout for each in done if each.returncode]:
        raise StillDownError(f"A tick failed: {failed[0]}")
    return struck
