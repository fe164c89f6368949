"""When all is quiet, and how long the stack took to recover from each fault.

The watch looks every half second at what each service has begun and not ended: messages that a subscriber has not
taken, messages in an inbox that are not done, notices that are on their way, but for those that wait for the mail hours
of their readers. A fault is recovered from as soon as
everything that was written while it lasted has had its effect. What an earlier fault has put off is that one's.
"""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from deploy.faults.injectors import Injected
from deploy.faults.injectors.injector import UNEXPECTED
from deploy.faults.snapshot import connected
from deploy.faults.stack import Stack
from deploy.local.environment import SERVICES

EVERY_SECONDS = 0.5
CALM_SECONDS = 3.0
"""So long nothing may be under way before it counts as quiet."""
INSTANT_SECONDS = 3.0
"""What was written so long before its end counts as written while a fault lasted: one may have no length."""

_MESSAGES = """
    SELECT 'message to ' || queue AS what, array_agg(written_at) FROM outbox
    WHERE taken_at IS NULL AND NOT (type = '(receipt)' AND sent_at IS NOT NULL) GROUP BY queue
    UNION ALL
    SELECT state || ' in the inbox', array_agg(received_at) FROM inbox
    WHERE state IN ('failed', 'waiting') GROUP BY state
"""
_NOTICES = """
    SELECT 'notice ' || state, array_agg(written_at) FROM notices
    WHERE state IN ('queued', 'sending') AND coalesce(not_before <= now(), true) GROUP BY state
"""


@dataclass(frozen=True)
class Sample:
    """What was under way at `at` (`time.monotonic()`).

    `written` are the times when it was, as `time.monotonic()` too, in order; `whole` tells whether every program was at
    work and every database answered.
    """

    at: float
    whole: bool
    written: tuple[float, ...]
    under_way: tuple[tuple[str, int], ...]


class Watch:
    """Looks at a stack in a thread of its own, from `start` to `stop`."""

    def __init__(self, stack: Stack) -> None:
        self.samples: list[Sample] = []
        self._stack = stack
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begins to look."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread."""
        self._stopping.set()
        self._thread.join()

    def write(self, file: Path, began: float) -> None:
        """Writes what was seen, a line for each look; times are seconds since `began` (`time.monotonic()`)."""
        file.write_text("".join(f"{_line(sample, began)}\n" for sample in self.samples))

    def wait_until_quiet(self, *, seconds: float) -> bool:
        """Returns True once nothing has been under way for a while, or False after `seconds`."""
        began = time.monotonic()
        while time.monotonic() < began + seconds:
            recent = [sample for sample in self.samples if sample.at >= max(began, time.monotonic() - CALM_SECONDS)]
            calm = time.monotonic() - began > CALM_SECONDS and len(recent) > 1
            if calm and all(sample.whole and not sample.under_way for sample in recent):
                return True
            time.sleep(EVERY_SECONDS)
        return False

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_SECONDS):
            self.samples.append(look(self._stack))


def look(stack: Stack) -> Sample:
    """Returns what is under way now."""
    at = time.monotonic()
    try:
        found = [row for service in SERVICES for row in _under_way(stack, service)]
        whole = stack.whole()
    except UNEXPECTED:
        return Sample(at, whole=False, written=(), under_way=())
    offset = time.time() - time.monotonic()
    written = sorted(each.timestamp() - offset for _what, times in found for each in times)
    return Sample(at, whole, tuple(written), tuple((what, len(times)) for what, times in found))


def recovery(injected: Injected, samples: Iterable[Sample]) -> float | None:
    """Returns the seconds from a fault's end until all that was written while it lasted had taken effect.

    None when that was not seen. What was under way before the fault, and is still, is not counted: see `lags`.
    """
    since = min(injected.began, injected.ended - INSTANT_SECONDS)
    for sample in samples:
        over = not any(since <= written <= injected.ended for written in sample.written)
        if sample.at >= injected.ended and sample.whole and over:
            return sample.at - injected.ended
    return None


def lags(samples: Iterable[Sample]) -> list[float]:
    """Returns for each look how many seconds ago the oldest of what was under way was written; 0 for nothing."""
    return [max(0.0, sample.at - sample.written[0]) if sample.written else 0.0 for sample in samples if sample.whole]


def _line(sample: Sample, began: float) -> str:
    since = f"since {sample.written[0] - began:.1f}" if sample.written else ""
    counts = ", ".join(f"{what} {count}" for what, count in sample.under_way)
    return f"{sample.at - began:.1f} {'whole' if sample.whole else 'not whole'} {since} {counts}".rstrip()


def _under_way(stack: Stack, service: str) -> Sequence[tuple[str, Sequence[datetime]]]:
    query = _MESSAGES + (f" UNION ALL {_NOTICES}" if service == "notify_svc" else "")
    with connected(stack, service) as connection:
        rows = connection.execute(query).fetchall()
    return [(f"{service}: {what}", times) for what, times in rows]
