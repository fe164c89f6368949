"""The requester has the officials reminded: once in two business days, and it is told when the next time is."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.use_cases.nudge import nudge
from approval_svc.use_cases.resting import rest
from shared.contracts import ApprovalNudged, DeadlinesPlanned, NudgeAsked, RoleRequested
from shared.db import Database
from shared.messaging.inbox import NotYetError
from tests.approval_svc.factories import (
    COLORADO_UNIVERSITY,
    HEALTH_SURVEYS,
    LIFETIME,
    official,
    published,
    role_requested,
    route,
)
from tests.approval_svc.waiting import MONDAY, asked_on, due, the_approval
from tests.audit import entries

SECOND = timedelta(seconds=1)


def waiting(database: Database) -> tuple[RoleRequested, datetime]:
    """Returns the request, and from when its officials may be reminded."""
    with database.transaction() as session:
        request = asked_on(session)
    with database.reading() as session:
        possible = the_approval(session).nudge_from
    assert possible is not None
    return request, possible


def asks(database: Database, request: RoleRequested, at: datetime) -> None:
    with database.transaction() as session:
        nudge(session, NudgeAsked(request_id=request.request_id, asked_at=at), LIFETIME, at)


def test_the_officials_are_reminded_and_the_next_time_is_two_business_days_on(approval_database: Database) -> None:
    request, possible = waiting(approval_database)
    assert possible > MONDAY + timedelta(days=2)  # Monday is a holiday in Alabama, and does not count
    asks(approval_database, request, possible)
    with approval_database.reading() as session:
        (nudged,) = published(session, ApprovalNudged)
        assert [each.user_id for each in nudged.officials] == ["loretta"]
        assert nudged.expires_at == due(approval_database, DeadlineKind.EXPIRY)
        assert published(session, DeadlinesPlanned)[-1].nudge_from == possible + timedelta(days=4)  # over a weekend
    (entry,) = entries(approval_database, "approval.nudged")
    assert entry.on_behalf_of == "user:angela.whitaker"


def test_too_early_nobody_is_mailed_and_the_date_is_told_again(approval_database: Database) -> None:
    request, possible = waiting(approval_database)
    asks(approval_database, request, possible - SECOND)
    with approval_database.reading() as session:
        assert published(session, ApprovalNudged) == []
        assert published(session, DeadlinesPlanned)[-1].nudge_from == possible


def test_the_same_wish_twice_is_one_mail(approval_database: Database) -> None:
    request, possible = waiting(approval_database)
    asks(approval_database, request, possible)
    asks(approval_database, request, possible)
    with approval_database.reading() as session:
        assert len(published(session, ApprovalNudged)) == 1


def test_while_an_answer_of_the_requester_is_waited_for_nobody_else_is_nudged(approval_database: Database) -> None:
    request, possible = waiting(approval_database)
    with approval_database.transaction() as session:
        rest(session, the_approval(session), MONDAY)
    asks(approval_database, request, possible)
    with approval_database.reading() as session:
        assert published(session, ApprovalNudged) == []
        assert published(session, DeadlinesPlanned)[-1].nudge_from is None


def test_of_several_organizations_those_that_have_somebody_are_reminded(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "contract-organization", HEALTH_SURVEYS.id, "hal")
        request = role_requested("contract-survey-admin", HEALTH_SURVEYS, COLORADO_UNIVERSITY, survey_for="cms")
        route(session, request, MONDAY)
    asks(approval_database, request, MONDAY + timedelta(days=5))
    with approval_database.reading() as session:
        nudged = published(session, ApprovalNudged)
        assert [each.organization.id for each in nudged if each.organization] == [HEALTH_SURVEYS.id]


def test_a_wish_that_overtakes_its_request_waits_for_it(approval_database: Database) -> None:
    with pytest.raises(NotYetError), approval_database.transaction() as session:
        nudge(session, NudgeAsked(request_id=uuid4(), asked_at=MONDAY), LIFETIME, MONDAY)
