"""How officials want to be mailed, when their digest is due, and what is told in one mail instead of many. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from approval_svc.domain.business_time import BusinessCalendar, Hours


class Mails(StrEnum):
    """Which mails an official wants about what waits for them."""

    IMMEDIATE = "immediate"
    DIGEST = "digest"
    BOTH = "both"

    @property
    def at_once(self) -> bool:
        """Whether each request and each reminder has a mail of its own."""
        return self is not Mails.DIGEST

    @property
    def daily(self) -> bool:
        """Whether there is a digest each business day."""
        return self is not Mails.IMMEDIATE


@dataclass(frozen=True, slots=True)
class MailDays:
    """When an official is at work: the calendar of the organization they stand for, and the mail hours there."""

    calendar: BusinessCalendar
    hours: Hours

    def next_digest(self, now: datetime) -> datetime:
        """Returns when the next digest is due: the next beginning of the mail hours after `now`, in UTC."""
        return self.calendar.within(Hours(self.hours.opens, self.hours.opens), now)

    def are_open(self, now: datetime) -> bool:
        """Whether mail may go out now."""
        return self.mail_at(now) <= now

    def mail_at(self, now: datetime) -> datetime:
        """Returns when mail may go out: now, or when the mail hours begin next; in UTC."""
        return self.calendar.within(self.hours, now)


@dataclass(frozen=True, kw_only=True)
class Told:
    """Somebody is to be told that an approval still waits, by a mail that goes out at `not_before` or later."""

    user_id: str
    approval_id: UUID
    not_before: datetime


def in_one_mail(told: Iterable[Told]) -> dict[tuple[str, datetime], tuple[UUID, ...]]:
    """Returns the approvals that one person is to be told of at one time, for whom and when they are several."""
    found: dict[tuple[str, datetime], dict[UUID, None]] = defaultdict(dict)
    for each in told:
        found[each.user_id, each.not_before][each.approval_id] = None
    return {key: tuple(approvals) for key, approvals in found.items() if len(approvals) > 1}
