"""When wrong passwords lock an account, and for how long."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class LockRule:
    """`after` wrong passwords in a row lock the account for `span`."""

    after: int
    span: timedelta


@dataclass(frozen=True)
class Attempts:
    """Wrong passwords since the last right one, and the end of the lock that they led to, if any."""

    failed: int = 0
    locked_until: datetime | None = None

    def locked(self, now: datetime) -> bool:
        """Whether no password is accepted at `now`."""
        return self.locked_until is not None and now < self.locked_until


def after_wrong_password(attempts: Attempts, rule: LockRule, now: datetime) -> Attempts:
    """Returns what a wrong password makes of an account that is not locked; after a lock, counting begins anew."""
    failed = 1 if attempts.locked_until else attempts.failed + 1
    return Attempts(failed, now + rule.span if failed >= rule.after else None)
