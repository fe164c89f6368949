"""What a policy says of a role at a kind of organization is what its approvals go by, and no others."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from approval_svc import reference
from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.domain.links import end_of
from approval_svc.tables import ApprovalRow
from approval_svc.use_cases.route_request import route_request
from shared.catalog import Policy
from shared.contracts import ApprovalRequested, ReminderDue
from shared.db import Database
from shared.ids import new_id
from tests.approval_svc.factories import ALABAMA, LIFETIME, general_user, official, published, role_requested
from tests.approval_svc.waiting import MONDAY, due, open_rows, tick

HERE = ZoneInfo("America/Chicago")
ROLE = general_user().role_id
WEEK, TWO_DAYS = timedelta(days=7), timedelta(days=2)
FEDERAL_ONLY = MONDAY  # a state holiday in Alabama: it counts where the policy says that it does
DIFFERENT: dict[str, Any] = {
    "link_lifetime": 7,
    "reminders": (1,),
    "nudge_every": 3,
    "expiry": 9,
    "state_holidays": False,
}


@pytest.fixture(autouse=True)
def policy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The role has a policy of its own at states."""
    before = reference.deadline_policy

    def policy(role_id: str, kind: str | None) -> Policy:
        found = before(role_id, kind)
        return replace(found, **DIFFERENT) if (role_id, kind) == (ROLE, "state") else found

    monkeypatch.setattr(reference, "deadline_policy", policy)


def asked(database: Database, role_id: str = ROLE, at_most: timedelta = LIFETIME) -> ApprovalRow:
    with database.transaction() as session:
        official(session, "state", "AL", "loretta")
        request = role_requested(role_id, ALABAMA, submitted_at=FEDERAL_ONLY)
        route_request(session, request, correlation_id=new_id(), lifetime=at_most, now=FEDERAL_ONLY)
        return session.scalars(select(ApprovalRow)).one()


def links_end(database: Database) -> list[object]:
    with database.reading() as session:
        return [each.links_expire_at for each in published(session, ApprovalRequested)]


def test_the_dates_are_those_of_the_role_at_this_kind_of_organization(approval_database: Database) -> None:
    approval = asked(approval_database)
    assert due(approval_database, DeadlineKind.REMINDER) == FEDERAL_ONLY + timedelta(days=1)
    assert (
        due(approval_database, DeadlineKind.EXPIRY).astimezone(HERE).isoformat(" ", "minutes")[:16]
        == "2026-06-12 10:00"
    )
    assert approval.nudge_from == FEDERAL_ONLY + timedelta(days=3)
    assert [row.step for row in open_rows(approval_database) if row.kind is DeadlineKind.REMINDER] == [1]


def test_those_of_another_role_are_not(approval_database: Database) -> None:
    asked(approval_database, "state-agency-assessment-coordinator")
    assert due(approval_database, DeadlineKind.REMINDER) > FEDERAL_ONLY + timedelta(days=2)
    assert links_end(approval_database) == [end_of(FEDERAL_ONLY, LIFETIME)]


def test_a_link_lives_as_long_as_the_policy_says_and_so_does_a_later_one(approval_database: Database) -> None:
    asked(approval_database)
    assert links_end(approval_database) == [end_of(FEDERAL_ONLY, WEEK)]
    now = due(approval_database, DeadlineKind.REMINDER)
    tick(approval_database, now)
    with approval_database.reading() as session:
        assert [each.links_expire_at for each in published(session, ReminderDue)] == [end_of(now, WEEK)]


def test_no_link_lives_longer_than_the_operator_allows(approval_database: Database) -> None:
    asked(approval_database, at_most=TWO_DAYS)
    assert links_end(approval_database) == [end_of(FEDERAL_ONLY, TWO_DAYS)]
