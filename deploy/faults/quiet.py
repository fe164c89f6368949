"""When all is quiet, and how long the stack took to recover from each fault.

The watch looks every half second at what each service has begun and not ended: messages that a subscriber has not
taken, messages in an inbox that are not done, notices that are on their way. The age of the oldest of them is all that
is needed: a fault is recovered from as soon as everything that was written before its end has had its effect.
"""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import requests

from deploy.faults.injectors import Injected
from deploy.faults.snapshot import connected
from deploy.faults.stack import Stack
from deploy.local.environment import SERVICES

EVERY_SECONDS = 0.5
CALM_SECONDS = 3.0
"""So long nothing may be under way before it counts as quiet."""
ANSWER_SECONDS = 5.0

_MESSAGES = """
    SELECT 'message to ' || queue AS what, count(*), min(written_at) FROM outbox
    WHERE taken_at IS NULL AND NOT (type = '(receipt)' AND sent_at IS NOT NULL) GROUP BY queue
    UNION ALL
    SELECT state || ' in the inbox', count(*), min(received_at) FROM inbox
    WHERE state IN ('failed', 'waiting') GROUP BY state
"""
_NOTICES = """
    SELECT 'notice ' || state, count(*), min(written_at) FROM notices
    WHERE state IN ('queued', 'sending') GROUP BY state
"""


@dataclass(frozen=True)
class Sample:
    """What was under way at `at` (`time.monotonic()`).

    `oldest` is when the oldest of it was written, as a `time.monotonic()` too; `whole` tells whether every database
    and every web process answered.
    """

    at: float
    whole: bool
    oldest: float | None
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
    except psycopg.OperationalError:
        return Sample(at, whole=False, oldest=None, under_way=())
    offset = time.time() - time.monotonic()
    written = [since.timestamp() - offset for _what, _count, since in found]
    counts = tuple((what, count) for what, count, _since in found)
    return Sample(at, whole=all(map(_answers, _urls(stack))), oldest=min(written, default=None), under_way=counts)


def recovery(injected: Injected, samples: Iterable[Sample]) -> float | None:
    """Returns the seconds from a fault's end until all that was written before had taken effect; None: not seen."""
    for sample in samples:
        over = sample.oldest is None or sample.oldest > injected.ended
        if sample.at >= injected.ended and sample.whole and over:
            return sample.at - injected.ended
    return None


def _line(sample: Sample, began: float) -> str:
    since = "" if sample.oldest is None else f"since {sample.oldest - began:.1f}"
    counts = ", ".join(f"{what} {count}" for what, count in sample.under_way)
    return f"{sample.at - began:.1f} {'whole' if sample.whole else 'not whole'} {since} {counts}".rstrip()


def _under_way(stack: Stack, service: str) -> Sequence[tuple[str, int, datetime]]:
    query = _MESSAGES + (f" UNION ALL {_NOTICES}" if service == "notify_svc" else "")
    with connected(stack, service) as connection:
        rows = connection.execute(query).fetchall()
    return [(f"{service}: {what}", count, since.astimezone(UTC)) for what, count, since in rows]


def _urls(stack: Stack) -> Iterable[str]:
    return (f"{stack.url(service)}/healthz" for service in SERVICES)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=ANSWER_SECONDS).ok
    except requests.RequestException:
        return False
