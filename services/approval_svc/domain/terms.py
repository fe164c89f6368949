"""A role that is given for a time: until which day, and when that is over. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from approval_svc.domain.refusals import UnusableChoiceError

LONGEST_DAYS = 3660
"""Ten years: more is a slip of the pen."""
LAST_MINUTE = time(23, 59)


@dataclass(frozen=True, kw_only=True)
class Term:
    """For how long a role may be given: `days` as the policy says, None: without an end unless the official names one.

    `today` is by the wall clock of the organization, whose zone it is.
    """

    today: date
    zone: ZoneInfo
    days: int | None = None

    @property
    def first(self) -> date:
        """The first day that can be named."""
        return self.today + timedelta(days=1)

    @property
    def last(self) -> date:
        """The last day that can be named."""
        return self.today + timedelta(days=self.days or LONGEST_DAYS)

    def check(self, until: date | None) -> None:
        """Raises UnusableChoiceError for a day that cannot be taken."""
        if until is None or self.first <= until <= self.last:
            return
        if until < self.first:
            raise UnusableChoiceError("until", "Enter a day after today, or leave it empty")
        longest = f"the role is given for {self.days} days at most" if self.days else "ten years at most"
        raise UnusableChoiceError("until", f"Enter an earlier day: {longest}")

    def ends_at(self, until: date | None) -> datetime | None:
        """Returns the last minute of the day that was named, or of the policy's; None: the role has no end. In UTC."""
        last = until or (self.last if self.days else None)
        return datetime.combine(last, LAST_MINUTE, self.zone).astimezone(UTC) if last else None


def notices(ends_at: datetime, days: tuple[int, ...], given_at: datetime) -> dict[int, datetime]:
    """Returns when the holder is told how many days before the end, and the end itself as 0.

    A notice that would come on the day on which the role is given, or before, is left out: that mail says when it ends.
    """
    told = {each: ends_at - timedelta(days=each) for each in sorted(days, reverse=True)}
    return {each: at for each, at in told.items() if at > given_at + timedelta(days=1)} | {0: ends_at}
