"""What the threads of one worker process share about their mail server."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock

from notify_svc.domain.breaker import Breaker


class Guard:
    """Holds a Breaker for several threads. `limit` is the longest time that one mail takes."""

    def __init__(self, limit: timedelta, clock: Callable[[], datetime]) -> None:
        self._limit = limit
        self._clock = clock
        self._breaker = Breaker()
        self._lock = Lock()

    def admit(self) -> datetime | None:
        """Returns None when a mail may be tried now, or when to come back."""
        with self._lock:
            now = self._clock()
            if not self._breaker.lets_through(now):
                return self._breaker.pauses_until
            self._breaker = self._breaker.probing(self._limit, now)
            return None

    def unused(self) -> None:
        """What was admitted never came to speak with the server: another one may try in its place."""
        with self._lock:
            if self._breaker.is_open:
                self._breaker = replace(self._breaker, pauses_until=self._clock())

    def failed(self, begun: datetime) -> bool:
        """The server was in trouble when a mail was tried from `begun` on; returns whether sending is paused now."""
        with self._lock:
            self._breaker = self._breaker.failed(begun, self._clock())
            return self._breaker.is_open

    def answered(self) -> bool:
        """The server answered; returns whether sending had been paused, so that what waits may go on."""
        with self._lock:
            recovered = self._breaker.is_open
            self._breaker = self._breaker.answered()
            return recovered
