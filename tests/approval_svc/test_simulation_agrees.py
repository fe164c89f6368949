"""What is simulated is what happens: the same request, left alone, brings the same mail to as many at the same time."""

import re
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from approval_svc.domain.simulation import REQUESTER, Follows
from approval_svc.tables import ClosingDayRow
from approval_svc.use_cases.simulate_deadlines import simulate_deadlines
from shared.catalog import the_catalog
from shared.contracts import ApprovalEscalated, ApprovalExpired, ExpiryAnnounced, Organization, ReminderDue
from shared.db import Database
from tests.approval_svc.factories import official, published, role_requested, route
from tests.approval_svc.waiting import the_approval, tick

GENERAL_USER = "state-agency-sc-general-user"
BEFORE_THANKSGIVING = datetime(2026, 11, 20, 23, 45, tzinfo=UTC)
BEFORE_NEW_YEAR = datetime(2027, 12, 17, 3, 30, tzinfo=UTC)
BEFORE_SUMMER_TIME = datetime(2027, 3, 6, 12, 0, tzinfo=UTC)

Happened = list[tuple[datetime, str, int]]
"""When, what, and how many officials were told."""


def organization(code: str) -> Organization:
    found = the_catalog().organization("state", code)
    return Organization(kind="state", id=code, name=found.name, time_zone=found.time_zone)


def directory(session: Session, *authorities: str) -> None:
    for who in authorities:
        kind, _, place = who.partition(":")
        official(session, kind, place or kind, f"{kind}-{place}-1".lower())
        if kind == "state":
            official(session, kind, place, f"{kind}-{place}-2".lower())


def simulated(session: Session, code: str | None, start: datetime) -> tuple[Follows, ...]:
    role = GENERAL_USER if code else "cms-general-user"
    return simulate_deadlines(session, role, code, start.isoformat()).course.follows


def mails(follows: tuple[Follows, ...]) -> Happened:
    return [(each.due_at, each.kind, _people(each)) for each in follows if each.mail]


def _people(each: Follows) -> int:
    return sum(int(re.findall(r"\((\d+) ", who)[0]) for who in each.to if who != REQUESTER)


def sent(session: Session) -> Happened:
    found = [(each.reminded_at, "reminder", len(each.officials)) for each in published(session, ReminderDue)]
    found += [(each.escalated_at, "escalation", len(each.officials)) for each in published(session, ApprovalEscalated)]
    found += [(each.announced_at, "expiry_notice", len(each.officials)) for each in published(session, ExpiryAnnounced)]
    found += [(each.expired_at, "expiry", len(each.officials)) for each in published(session, ApprovalExpired)]
    return sorted(found)


@pytest.mark.parametrize("start", [BEFORE_THANKSGIVING, BEFORE_NEW_YEAR, BEFORE_SUMMER_TIME])
@pytest.mark.parametrize(
    ("code", "people"),
    [
        ("AL", ("state:AL", "cms", "help-desk")),
        ("GU", ("state:GU", "cms")),
        ("PR", ("cms", "help-desk")),
        ("HI", ("state:HI",)),
        (None, ("cms", "help-desk")),
    ],
)
def test_what_is_simulated_is_what_happens(
    approval_database: Database, code: str | None, people: tuple[str, ...], start: datetime
) -> None:
    with approval_database.transaction() as session:
        directory(session, *people)
        for day in (date(2026, 11, 30), date(2027, 12, 30)):
            session.add(ClosingDayRow(organization_kind="state", organization_id="GU", day=day, name="Typhoon"))
        follows = simulated(session, code, start)
        asked = role_requested(GENERAL_USER, organization(code)) if code else role_requested("cms-general-user")
        route(session, asked, start)
    for instant in dict.fromkeys(each.due_at for each in follows):
        tick(approval_database, instant)
    with approval_database.reading() as session:
        assert sent(session) == sorted(mails(follows))
        alerts = [each.due_at for each in follows if each.to and not each.mail]
        assert alerts == [the_approval(session).stuck_since]
