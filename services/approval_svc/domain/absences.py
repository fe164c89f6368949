"""When somebody may be absent, and who may act for them: the rules, each with its words. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONGEST = timedelta(days=366)
"""How far ahead the last day may lie; nobody's absence of longer is an absence."""


class UnusableAbsenceError(ValueError):
    """An absence cannot be taken as it was entered; `field` names what is wrong, `sentence` says it."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


@dataclass(frozen=True, kw_only=True)
class Days:
    """From one day to another, both included, by the clock of `zone`."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def begins_at(self) -> datetime:
        """The midnight before the first day, in UTC."""
        return _midnight(self.first, self.zone)

    @property
    def ends_at(self) -> datetime:
        """The midnight after the last day, in UTC."""
        return _midnight(self.last + timedelta(days=1), self.zone)

    def overlap(self, other: "Days") -> bool:
        """Whether both hold at some instant."""
        return self.begins_at < other.ends_at and other.begins_at < self.ends_at

    def __str__(self) -> str:
        """The days as pages and mails write them: "12/21/2026 to 01/03/2027"."""
        first, last = f"{self.first:%m/%d/%Y}", f"{self.last:%m/%d/%Y}"
        return first if first == last else f"{first} to {last}"


@dataclass(frozen=True, kw_only=True)
class Planned:
    """An absence that somebody has entered, and that is not over: who is absent, and who acts for them."""

    user_id: str
    name: str
    days: Days
    substitute: str
    """The user id of the person who acts."""


@dataclass(frozen=True, kw_only=True)
class Substitute:
    """Somebody who may act."""

    user_id: str
    name: str


def check_days(days: Days, now: datetime, *, begun: date | None = None) -> None:
    """Raises UnusableAbsenceError for days that lie in the past, run backwards or go on for too long.

    `begun` is the first day of an absence that is being changed and has begun: it cannot be moved any more.
    """
    today = now.astimezone(days.zone).date()
    if begun is not None and days.first != begun:
        raise UnusableAbsenceError("first_day", f"Leave the first day at {begun:%m/%d/%Y}: the absence has begun")
    if begun is None and days.first < today:
        raise UnusableAbsenceError("first_day", "Enter today or a later day as the first day")
    if days.last < days.first:
        raise UnusableAbsenceError("last_day", "Enter a last day that is not before the first day")
    if days.last < today:
        raise UnusableAbsenceError("last_day", "Enter today or a later day as the last day")
    if days.last - today > LONGEST:
        raise UnusableAbsenceError("last_day", "Enter a last day within a year from now")


def check_conflicts(user_id: str, days: Days, substitute: Substitute, others: Iterable[Planned]) -> None:
    """Raises UnusableAbsenceError when the absence does not go together with those that are planned or in force.

    Nobody is absent twice at a time, and nobody who is absent acts for somebody else: there are no chains.
    """
    meanwhile = [each for each in others if each.days.overlap(days)]
    for each in meanwhile:
        if each.user_id == user_id:
            words = f"These days overlap another absence ({each.days}). Change that one instead"
            raise UnusableAbsenceError("first_day", words)
    for each in meanwhile:
        if each.substitute == user_id:
            words = f"You act for {each.name}, who is absent then ({each.days}). They must choose somebody else first"
            raise UnusableAbsenceError("first_day", words)
        if each.user_id == substitute.user_id:
            words = f"{substitute.name} is absent then too ({each.days}). Select somebody else, or other days"
            raise UnusableAbsenceError("substitute", words)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
