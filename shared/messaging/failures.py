"""What went wrong with a message, and whether and when it is worth another try."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPResponseException
from typing import Any

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.contracts import InvalidMessageError, UnknownMessageError
from shared.messaging.envelope import MalformedEnvelopeError
from shared.messaging.states import Kind

Jitter = Callable[[], float]
"""Returns a number from 0 to 1: what part of a pause is waited. Whoever failed together must not come back together
(https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/, "full jitter")."""


class NotYetError(Exception):
    """A message came before what it builds on; it is tried again."""


class UnhandledMessageError(LookupError):
    """A queue carried a message that its service has no handler for."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How a kind of failure is tried again: pauses of `first`, times `factor` each, at most `longest`.

    It ends after `tries` in all, or when `patience` has passed since the message came or was replayed.
    """

    first: timedelta = timedelta(seconds=1)
    factor: int = 2
    longest: timedelta
    tries: int | None = None
    patience: timedelta | None = None

    def pause_after(self, attempts: int) -> timedelta:
        """Returns the longest pause after that many failed attempts."""
        # The exponent is bounded because a message that waits for days is tried a thousand times.
        grown: timedelta = self.first * self.factor ** min(attempts - 1, 20)
        return min(grown, self.longest)

    def is_exhausted(self, attempts: int, waited: timedelta) -> bool:
        """Whether no further try is worth it."""
        return (self.tries is not None and attempts >= self.tries) or (
            self.patience is not None and waited >= self.patience
        )


POLICIES: dict[Kind, Policy] = {
    # A weekend without a database, and the Monday on which somebody finds out.
    Kind.TEMPORARY: Policy(longest=timedelta(minutes=10), patience=timedelta(days=5)),
    # 1 s, 10 s, 100 s, 5 min: what was a coincidence is over by then, what was not needs a person.
    Kind.FAULT: Policy(factor=10, longest=timedelta(minutes=5), tries=5),
    Kind.POISON: Policy(longest=timedelta(0), tries=1),
    Kind.NOT_YET: Policy(longest=timedelta(minutes=5), patience=timedelta(days=1)),
}

_POISON = (InvalidMessageError, UnknownMessageError, UnhandledMessageError, MalformedEnvelopeError)
# An OSError that speaks of our installation, not of something that is away for a while.
_OF_OURS = (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError)
# psycopg's OperationalError is also a deadlock, a serialization failure, a lock or statement that took too long.
_AWAY = (OperationalError, InterfaceError, PoolTimeoutError)


def kind_of(error: BaseException) -> Kind:
    """Returns what kind of failure an exception is."""
    if isinstance(error, _POISON):
        return Kind.POISON
    if isinstance(error, NotYetError):
        return Kind.NOT_YET
    if isinstance(error, SMTPResponseException):  # an OSError too, though 5xx is for good
        return Kind.TEMPORARY if 400 <= error.smtp_code < 500 else Kind.FAULT
    is_temporary = isinstance(error, _AWAY) or (isinstance(error, OSError) and not isinstance(error, _OF_OURS))
    return Kind.TEMPORARY if is_temporary else Kind.FAULT


def next_try(kind: Kind, attempts: int, since: datetime, now: datetime, jitter: Jitter) -> datetime | None:
    """Returns when to try again after that many failed attempts since `since`, or None when it is hopeless."""
    policy = POLICIES[kind]
    if policy.is_exhausted(attempts, now - since):
        return None
    return now + policy.pause_after(attempts) * jitter()


def lost_connection(error: Any) -> bool:
    """Whether the error took the database connection with it: nothing can be recorded on it."""
    return isinstance(error, DBAPIError) and error.connection_invalidated
