"""Business time: which days count, and how many of them lie between two instants.

Business time is continuous: each business day lasts one, whatever its hours, and the days between stand still. A day is
a day of the organization's own calendar and begins at its own midnight.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

WEEKEND = {5: "Saturday", 6: "Sunday"}
_DAY = timedelta(days=1)
_LAST_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of the day by the wall clock: `opens` is inside, `closes` is outside."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Skipped:
    """A day that does not count, and why: "Saturday", "Thanksgiving Day", "Closed: move to Building 2"."""

    day: date
    why: str


class Holidays(Protocol):
    """The names of days that do not count; a dict is one."""

    def get(self, day: date, /) -> str | None:
        """Returns the name of a day that does not count, or None."""


@dataclass(frozen=True)
class BusinessCalendar:
    """Which days count for one organization; Saturdays and Sundays never do.

    `holidays` names the other days that do not count. Instants go in and come out aware; they come out
    in UTC.
    """

    zone: ZoneInfo
    holidays: Holidays

    def why_closed(self, day: date) -> str | None:
        """Returns why the day does not count, or None for a business day."""
        return self.holidays.get(day) or WEEKEND.get(day.weekday())

    def is_business_day(self, day: date) -> bool:
        """Returns whether the day counts."""
        return self.why_closed(day) is None

    def day_of(self, instant: datetime) -> date:
        """Returns the date that the organization's own calendars show at the instant."""
        return instant.astimezone(self.zone).date()

    def after(self, start: datetime, days: float) -> datetime:
        """Returns the instant at which `days` business days have passed since `start`; always on a business day.

        A start outside business days counts from the beginning of the next one. ValueError for negative days.
        """
        if days < 0:
            raise ValueError("Business days are counted forward only.")
        day, part = self._position(start)
        whole, rest = divmod(part + days, 1)
        for _ in range(int(whole)):
            day = self._business_day_from(day + _DAY)
        into = self._length(day) * rest
        # A part of a day that is rounded up to the whole day would be the next day, which may not be a business day.
        return self._begins(day) + min(into, self._length(day) - _LAST_MOMENT)

    def elapsed(self, start: datetime, end: datetime) -> float:
        """Returns how many business days lie between; 0.0 when `end` is not later than `start`."""
        if end <= start:
            return 0.0
        (first, from_part), (last, to_part) = self._position(start), self._position(end)
        whole = sum(self.is_business_day(day) for day in _days(first, last))
        return whole + (to_part - from_part)

    def within(self, hours: Hours, instant: datetime) -> datetime:
        """Returns the first instant, at `instant` or later, that lies on a business day and inside the hours."""
        day = self._business_day_from(self.day_of(instant))
        if instant < self._at(day, hours.opens):
            return self._at(day, hours.opens)
        if instant < self._at(day, hours.closes):
            return instant.astimezone(UTC)
        return self._at(self._business_day_from(day + _DAY), hours.opens)

    def skipped(self, start: datetime, end: datetime) -> tuple[Skipped, ...]:
        """Returns the days from that of `start` to that of `end` which do not count, in order."""
        days = _days(self.day_of(start), self.day_of(end) + _DAY)
        return tuple(Skipped(day, why) for day in days if (why := self.why_closed(day)))

    def _position(self, instant: datetime) -> tuple[date, float]:
        """Returns the business day that the instant counts to, and what part of it has passed (0 up to below 1)."""
        today = self.day_of(instant)
        day = self._business_day_from(today)
        return (day, 0.0) if day != today else (day, (instant - self._begins(day)) / self._length(day))

    def _business_day_from(self, day: date) -> date:
        while not self.is_business_day(day):
            day += _DAY
        return day

    def _begins(self, day: date) -> datetime:
        return self._at(day, time())

    def _length(self, day: date) -> timedelta:
        # 23 or 25 hours where the clocks change on a business day, as outside the United States they may.
        return self._begins(day + _DAY) - self._begins(day)

    def _at(self, day: date, clock: time) -> datetime:
        # Where a zone's clocks spring over this time, fold=0 gives the instant at which they do.
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


def _days(first: date, end: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((end - first).days))
