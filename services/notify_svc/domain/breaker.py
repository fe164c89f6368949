"""When to stop knocking at a mail server that is in trouble, and when to knock again: no I/O, no clock."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FAILURES_IN_A_ROW = 3
"""One may be a server that was just restarted, two a connection that went stale; three are the server."""
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=1)
"""Knocking once a minute costs neither side anything, and no mail waits longer than that for a server that is back."""


@dataclass(frozen=True, kw_only=True)
class Breaker:
    """What one worker process knows of its mail server.

    `failures` counts failures of the server in a row; `pauses_until` is when one mail may be tried again, to see
    whether the server is back; `paused_at` is when sending was paused last. Answers about a single mail or recipient
    are no failures of the server.
    """

    failures: int = 0
    pauses_until: datetime | None = None
    paused_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether sending is paused."""
        return self.pauses_until is not None

    def lets_through(self, now: datetime) -> bool:
        """Whether a mail may be tried now; when sending was paused, one only: the caller then takes `probing`."""
        return self.pauses_until is None or now >= self.pauses_until

    def probing(self, limit: timedelta, now: datetime) -> "Breaker":
        """Returns the state while one mail is tried, for `limit` at most: no other gets through meanwhile."""
        return replace(self, pauses_until=now + limit) if self.is_open else self

    def failed(self, begun: datetime, now: datetime) -> "Breaker":
        """Returns the state after another failure of the server, of a try that began at `begun`.

        One that began before sending was paused tells of the same trouble: mails that are under way at the same time
        must not make the pause longer, each by its own failure.
        """
        if self.paused_at is not None and begun < self.paused_at:
            return self
        failures = self.failures + 1
        if failures < FAILURES_IN_A_ROW:
            return replace(self, failures=failures)
        pause = FIRST_PAUSE
        for _ in range(min(failures, 20) - FAILURES_IN_A_ROW):
            pause = min(pause * 2, LONGEST_PAUSE)
        return Breaker(failures=failures, pauses_until=now + pause, paused_at=now)

    def answered(self) -> "Breaker":
        """Returns the state after the server answered, whatever it said about the mail."""
        return Breaker()
