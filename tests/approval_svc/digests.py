"""What waits for Loretta of Alabama, her choices, and the ticks that mail her digests."""

from datetime import UTC, datetime, timedelta

from approval_svc.domain.digests import Mails
from approval_svc.tables import OfficialRow
from approval_svc.use_cases.choose_mails import choose_mails
from approval_svc.use_cases.fire_due import fire_due
from approval_svc.use_cases.send_digests import send_digests
from shared.contracts import (
    ApprovalEscalated,
    ApprovalRequested,
    DigestDue,
    ExpiryAnnounced,
    Person,
    ReminderDue,
)
from shared.db import Database
from tests.approval_svc.factories import (
    LIFETIME,
    general_user,
    official,
    published,
    route,
)

SAGU = "state-agency-sc-general-user"
MONDAY = datetime(2026, 6, 8, 15, 0, tzinfo=UTC)
"""10:00 in Alabama."""
TUESDAY_AT_8 = datetime(2026, 6, 9, 13, 0, tzinfo=UTC)
FRIDAY_AT_8 = datetime(2026, 6, 12, 13, 0, tzinfo=UTC)
NEXT_MONDAY_AT_8 = datetime(2026, 6, 15, 13, 0, tzinfo=UTC)
WEDNESDAY = MONDAY + timedelta(days=2)
SATURDAY = datetime(2026, 6, 13, 15, 0, tzinfo=UTC)
FIVE_DAYS_BEFORE = datetime(2026, 6, 30, 15, 0, tzinfo=UTC)
"""When the expiry is announced of what was asked on that Monday."""


def somebody(number: int) -> Person:
    return Person(user_id=f"person.{number}", name=f"Person {number}", email=f"person.{number}@health.example")


def waiting(database: Database, number: int = 3, when: datetime = MONDAY) -> OfficialRow:
    """That many requests wait for Loretta of Alabama; nobody else is asked."""
    with database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        for each in range(number):
            route(session, general_user(requester=somebody(each), submitted_at=when - timedelta(days=1)), when)
        return loretta


def more(database: Database, number: int, when: datetime) -> None:
    with database.transaction() as session:
        route(session, general_user(requester=somebody(number), submitted_at=when), when)


def choose(database: Database, mails: Mails, now: datetime = MONDAY, user_id: str = "loretta") -> None:
    with database.transaction() as session:
        choose_mails(session, user_id, mails, now)


def beat(database: Database, now: datetime) -> int:
    with database.transaction() as session:
        return send_digests(session, LIFETIME, now)


def tick(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        fire_due(session, LIFETIME, now)


def digests(database: Database) -> list[DigestDue]:
    with database.reading() as session:
        return published(session, DigestDue)


def reminders(database: Database) -> list[ReminderDue]:
    with database.reading() as session:
        return published(session, ReminderDue)


def mailed_at_once(message: ReminderDue | ExpiryAnnounced | ApprovalEscalated | ApprovalRequested) -> set[str]:
    """Returns the user ids of those to whom a mail of its own goes."""
    return {each.user_id for each in message.officials if each.official_id not in message.by_digest}
