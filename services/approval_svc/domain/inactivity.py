"""Inactivity: when somebody who does not sign in is warned, and when their roles end.

Days are of 24 hours and all of them count. What happens does so in mail hours, on any day of the week, because it is
one with the mail that tells of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from approval_svc.domain.business_time import Hours

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Idle:
    """A role whose holder has not signed in since `since`, and by which rule it ends for that.

    `warnings` and `end` are days since then; `warned_at` is when the holder was last told of this role; `hours` are by
    the wall clock of `zone`.
    """

    grant_id: UUID
    since: datetime
    warnings: tuple[int, ...]
    end: int
    zone: ZoneInfo
    hours: Hours
    warned_at: datetime | None = None

    @property
    def is_announced(self) -> bool:
        """Whether the holder was told since they last signed in that the role will end."""
        return not self.warnings or (self.warned_at is not None and self.warned_at >= self.since)

    @property
    def ends_at(self) -> datetime:
        """When the role ends: never sooner after a warning than the policy leaves between the last one and the end."""
        ends = self._at(self.end)
        if not self.warnings or self.warned_at is None or self.warned_at < self.since:
            return ends
        patience = timedelta(days=self.end - max(self.warnings))
        return max(ends, in_hours(self.warned_at + patience, self.zone, self.hours))

    def pending(self) -> Iterator[datetime]:
        """Yields when warnings are due that were not given; of what falls on one day, one is given."""
        told = self.warned_at
        for instant in map(self._at, sorted(self.warnings)):
            if told is None or (instant > told and self._day(instant) != self._day(told)):
                yield instant

    def is_listed(self, now: datetime) -> bool:
        """Whether a warning of today speaks of this role: its own first one is due by tonight."""
        return bool(self.warnings) and self._day(self._at(min(self.warnings))) <= self._day(now)

    def is_due_today(self, now: datetime) -> bool:
        """Whether a warning of this role is due by tonight."""
        return any(self._day(instant) <= self._day(now) for instant in self.pending())

    def _at(self, days: int) -> datetime:
        return in_hours(self.since + timedelta(days=days), self.zone, self.hours)

    def _day(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is to be done about one person now: roles to warn of, roles that end, and when to look again.

    `next_at` is None when nothing can follow. Never both at once: a person gets one mail a day.
    """

    warned: tuple[Idle, ...] = ()
    ended: tuple[Idle, ...] = ()
    next_at: datetime | None


def judge(roles: Sequence[Idle], told_at: datetime | None, now: datetime) -> Verdict:
    """Returns what is due of a person's roles; `told_at` is when they last got a mail about their inactivity.

    Nothing ends unannounced: after an outage the warning comes first, and the end later. What is due on a day on which
    they were told already waits for the next.
    """
    if not roles:
        return Verdict(next_at=None)
    first = roles[0]
    today = in_hours(now, first.zone, first.hours)
    if today > now:
        return Verdict(next_at=today if _is_anything_due(roles, now) else _next(roles))
    if told_at is not None and _same_day(told_at, now, first.zone):
        return Verdict(next_at=max(_opening_after(now, first), _next(roles)))
    if ended := tuple(each for each in roles if each.is_announced and each.ends_at <= now):
        rest = [each for each in roles if each not in ended]
        return Verdict(ended=ended, next_at=max(_opening_after(now, first), _next(rest)) if rest else None)
    if any(instant <= now for each in roles for instant in each.pending()):
        after = [replace(each, warned_at=now) if each.is_due_today(now) else each for each in roles]
        listed = tuple(each for each in after if each.is_listed(now))
        return Verdict(warned=listed, next_at=_next(after))
    return Verdict(next_at=_next(roles))


def in_hours(instant: datetime, zone: ZoneInfo, hours: Hours) -> datetime:
    """Returns the first instant, then or later, within the hours of any day, in UTC."""
    local = instant.astimezone(zone)
    if hours.opens <= local.time() < hours.closes:
        return instant.astimezone(UTC)
    day = local.date() if local.time() < hours.opens else local.date() + _DAY
    return datetime.combine(day, hours.opens, zone).astimezone(UTC)


def _next(roles: Iterable[Idle]) -> datetime:
    return min(instant for each in roles for instant in (*each.pending(), each.ends_at))


def _is_anything_due(roles: Iterable[Idle], now: datetime) -> bool:
    return _next(roles) <= now


def _same_day(one: datetime, other: datetime, zone: ZoneInfo) -> bool:
    return one.astimezone(zone).date() == other.astimezone(zone).date()


def _opening_after(now: datetime, role: Idle) -> datetime:
    tomorrow = now.astimezone(role.zone).date() + _DAY
    return datetime.combine(tomorrow, role.hours.opens, role.zone).astimezone(UTC)
