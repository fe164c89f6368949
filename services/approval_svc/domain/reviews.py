"""The review of roles: what can be said of each, when it begins and is reminded of, and who may say it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from approval_svc.domain.assignment import Assigned, Away, assign
from approval_svc.domain.business_time import BusinessCalendar, Hours
from approval_svc.domain.routing import AuthorityId, Candidate, OrganizationId, Requester, route


class Answer(StrEnum):
    """What became of a role in a review: said by an official, or by silence (kept, ended); gone: it ended meanwhile."""

    CONFIRMED = "confirmed"
    REMOVED = "removed"
    KEPT = "kept"
    ENDED = "ended"
    GONE = "gone"


def next_review(last: datetime, months: int, zone: ZoneInfo) -> datetime:
    """Returns the instant so many calendar months later by the zone's own calendar; 31 January + 1 is 28 February."""
    local = last.astimezone(zone)
    years, month = divmod(local.month - 1 + months, 12)
    day = _last_day_at_most(local.year + years, month + 1, local.day)
    return datetime.combine(day, local.time(), zone).astimezone(last.tzinfo)


def ends_at(calendar: BusinessCalendar, hours: Hours, opened: datetime, days: int) -> datetime:
    """Returns when a review ends that began then: so many business days later, in mail hours."""
    return calendar.within(hours, calendar.after(opened, days))


def reminders(
    calendar: BusinessCalendar, hours: Hours, opened: datetime, days: int, before: Iterable[int]
) -> tuple[datetime, ...]:
    """Returns when a review of `days` business days is reminded of: so many business days before its end, in order."""
    after = sorted(days - each for each in before if each < days)
    return tuple(calendar.within(hours, calendar.after(opened, each)) for each in after)


def reviewers(
    chain: Sequence[str],
    organization: OrganizationId | None,
    directory: Sequence[Candidate],
    holder: Requester,
    absences: Sequence[Away] = (),
) -> tuple[Assigned, ...]:
    """Returns which officials may say whether the holder still needs the role, and for which absent ones they act.

    These are the officials of the organization, or of the next authority up where it has none but the holder: nobody
    reviews their own role. `chain` has kinds of authority, the reviewing one first.
    """
    return assign(route(chain, organization, directory, holder), absences).asked(0)


def authority_of(kind: str | None, id: str | None) -> AuthorityId:
    """Returns who reviews the roles of this organization; those of none are the business of CMS."""
    return AuthorityId(kind=kind, id=id) if kind and id else AuthorityId(kind="cms", id="cms")


def _last_day_at_most(year: int, month: int, day: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + timedelta(days=day - 1), following - timedelta(days=1))
