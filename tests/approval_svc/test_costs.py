"""What time makes due costs what is due: of all that is not, and of a backlog beyond the batch, nothing is read."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from approval_svc import (
    absence_queries,
    activity_queries,
    deadline_queries,
    digest_queries,
    grant_queries,
    organization_queries,
    queries,
    question_queries,
    review_queries,
    talking_queries,
)
from approval_svc.deadline_queries import LOOKED_AT_PER_CLAIMED
from approval_svc.domain.approvals import State
from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.domain.routing import AuthorityId, OrganizationId
from approval_svc.tables import AbsenceRow, ApprovalRow, DeadlineRow, QuestionRow, RoleEndRow
from approval_svc.use_cases.follow_grant import follow_grant
from shared.contracts import Organization
from shared.db import Database
from shared.ids import new_id
from tests.approval_svc.absent import NEXT_WEEK, TOMORROW, absent
from tests.approval_svc.asking import ASKED, ask
from tests.approval_svc.asking import waiting as waiting_for_an_answer
from tests.approval_svc.digests import MONDAY, waiting
from tests.approval_svc.factories import (
    ALABAMA,
    ANGELA,
    LIFETIME,
    MAUMEE,
    NOW,
    general_user,
    grant,
    official,
    role_requested,
    route,
)
from tests.approval_svc.plans import explained, indexes, nodes, rows_read
from tests.approval_svc.waiting import the_approval

DAY = timedelta(days=1)
MANY = 2000
LIMIT = 2
MOST = LIMIT * LOOKED_AT_PER_CLAIMED


def with_a_sort(session: Session) -> None:
    """Has PostgreSQL join and sort as with more rows than a test makes: all that it is given, not row by row."""
    for other_way in ("nestloop", "seqscan", "bitmapscan"):
        session.execute(text(f"SET LOCAL enable_{other_way} = off"))


def test_of_however_many_deadlines_are_due_a_tick_looks_at_some(approval_database: Database) -> None:
    waiting(approval_database, 1)
    with approval_database.transaction() as session:
        approval = the_approval(session)
        for step in range(100, 200):
            values = {"id": new_id(), "kind": DeadlineKind.REMINDER, "step": step, "due_at": MONDAY - DAY}
            session.add(DeadlineRow(approval_id=approval.id, **values))
        session.flush()
        plan = explained(session, lambda: deadline_queries.claim_due(session, MONDAY, LIMIT), "ANALYZE")
    assert rows_read(plan) == MOST


def test_so_does_one_that_follows_questions(approval_database: Database) -> None:
    waiting_for_an_answer(approval_database)
    ask(approval_database, ASKED)
    with approval_database.transaction() as session:
        (row,) = session.scalars(select(QuestionRow))
        values = {each.name: getattr(row, each.key) for each in QuestionRow.__table__.columns}
        copies = [values | {"id": new_id(), "state": "replaced", "next_at": ASKED} for _ in range(100)]
        session.execute(insert(QuestionRow), copies)
        with_a_sort(session)
        plan = explained(session, lambda: question_queries.claim_due(session, ASKED, LIMIT), "ANALYZE")
    assert rows_read(plan) == MOST
    assert "ix_questions_next_at" in indexes(plan)


def test_so_does_one_that_ends_roles(approval_database: Database) -> None:
    role = grant(ANGELA, "state-agency-sc-general-user", ALABAMA, ends_at=NOW + 100 * DAY)
    with approval_database.transaction() as session:
        follow_grant(session, role, LIFETIME, NOW)
        due = [{"id": new_id(), "grant_id": role.grant_id, "days": each, "due_at": NOW} for each in range(100, 200)]
        session.execute(insert(RoleEndRow), due)
        with_a_sort(session)
        plan = explained(session, lambda: grant_queries.claim_ending(session, NOW, LIMIT), "ANALYZE")
    assert rows_read(plan) == MOST
    assert "ix_role_ends_due_at" in indexes(plan)


def copies(row: AbsenceRow, **differently: object) -> list[dict[str, object]]:
    values = {each.name: getattr(row, each.key) for each in AbsenceRow.__table__.columns}
    return [values | {"id": new_id()} | differently for _ in range(MANY)]


def test_absences_that_are_planned_or_in_force_cost_nothing_until_they_begin_or_end(
    approval_database: Database,
) -> None:
    with approval_database.transaction() as session:
        john, ann = official(session, "state", "AL", "john"), official(session, "state", "AL", "ann")
        row = absent(session, john, ann, TOMORROW, NEXT_WEEK)
        now = row.begins_at
        session.execute(insert(AbsenceRow), copies(row, begins_at=now + DAY))
        session.execute(insert(AbsenceRow), copies(row, begins_at=now - DAY, begun_at=now - DAY))
        session.execute(insert(AbsenceRow), copies(row, ends_at=now, begun_at=now - DAY, over_at=now))
        session.execute(text("ANALYZE absences"))
        assert absence_queries.due(session, now, LIMIT) == [row.id]
        plan = explained(session, lambda: absence_queries.due(session, now, LIMIT), "ANALYZE")
    assert indexes(plan) == {"ix_absences_begins_at", "ix_absences_ends_at"}
    assert rows_read(plan) == 1


def test_what_nobody_can_decide_is_looked_at_by_turns_without_reading_the_rest(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        (approval,) = route(session, general_user())
        assert approval.state is State.UNROUTABLE
        values = {each.name: getattr(approval, each.key) for each in ApprovalRow.__table__.columns}
        later = [values | {"id": new_id(), "looked_at": NOW - DAY} for _ in range(MANY)]
        session.execute(insert(ApprovalRow), later)
        session.execute(text("ANALYZE approvals"))
        plan = explained(session, lambda: queries.claim_unroutable(session, NOW, LIMIT), "ANALYZE")
        assert approval.looked_at == NOW
    assert "ix_approvals_unroutable" in indexes(plan)
    assert rows_read(plan) == LIMIT


TURN = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = (
    f"SELECT timestamptz '2026-01-01 00:00Z' + (n - 3) * interval '1 hour' AS due, n FROM generate_series(1, {MANY}) n"
)
"""Three instants are due at TURN, the last one then."""


@pytest.mark.parametrize(
    ("filled", "claim", "index"),
    [
        (
            "INSERT INTO activity (user_id, due_at) SELECT 'u' || n, due",
            lambda session: activity_queries.claim_due(session, TURN, 500),
            "ix_activity_due_at",
        ),
        (
            "INSERT INTO review_plans (authority_kind, authority_id, due_at) SELECT 'state', n, due",
            lambda session: review_queries.claim_plans(session, TURN, 500),
            "ix_review_plans_due_at",
        ),
        (
            """INSERT INTO reviews
            (id, authority_kind, authority_id, authority_name, opened_at, ends_at, next_at, reminders, asked)
            SELECT gen_random_uuid(), 'state', n, n, due, due, due, 0, '{}'""",
            lambda session: review_queries.claim_reviews(session, TURN, 500),
            "ix_reviews_next_at",
        ),
        (
            """INSERT INTO official_preferences (user_id, mails, changed_at, next_digest_at)
            SELECT 'u' || n, 'digest', due, due""",
            lambda session: digest_queries.claim_due(session, TURN, 500),
            "ix_official_preferences_next_digest_at",
        ),
    ],
    ids=["inactivity", "reviews to begin", "reviews under way", "digests"],
)
def test_who_is_not_due_is_not_looked_at(
    approval_database: Database, filled: str, claim: Callable[[Session], object], index: str
) -> None:
    with approval_database.transaction() as session:
        session.execute(text(f"{filled} FROM ({HOURS}) AS hours"))
        session.execute(text(f"ANALYZE {filled.split()[2]}"))
        plan = explained(session, lambda: claim(session), "ANALYZE")
    assert indexes(plan) == {index}
    assert rows_read(plan) == 3


def test_what_was_handed_over_and_told_is_not_looked_at(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        with_a_sort(session)
        plan = explained(session, lambda: talking_queries.claim_due_untold(session, NOW, LIMIT))
    assert "ix_handovers_tell_at" in indexes(plan)


def test_what_officials_are_asked_is_found_by_indexes(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        authority = AuthorityId(kind="help-desk", id="help-desk")
        plan = explained(session, lambda: queries.requests_concerning(session, authority))
    assert {"ix_askings_live", "ix_askings_acting"} <= indexes(plan)


def test_an_organization_is_called_what_its_newest_request_calls_it(approval_database: Database) -> None:
    renamed = Organization(kind="provider", id=MAUMEE.id, name="Maumee Pointe", time_zone=MAUMEE.time_zone)
    with approval_database.transaction() as session:
        for organization in (MAUMEE, renamed):
            route(session, role_requested("provider-administrator", organization))
        route(session, general_user())
        route(session, role_requested("cms-general-user"))
        maumee, alabama = OrganizationId(kind="provider", id=MAUMEE.id), OrganizationId(kind="state", id="AL")
        assert organization_queries.organization_name(session, maumee) == "Maumee Pointe"
        assert organization_queries.organization_name(session, OrganizationId(kind="state", id="GA")) is None
        assert organization_queries.organizations_named(session) == {maumee: "Maumee Pointe", alabama: "Alabama"}


def test_what_organizations_are_called_is_read_of_each_once_however_many_requests_there_were(
    approval_database: Database,
) -> None:
    with approval_database.transaction() as session:
        assert organization_queries.organizations_named(session) == {}
        for code in ("AK", "AL", "AR", "AZ", "CA"):
            state = Organization(kind="state", id=code, name=code, time_zone=None)
            (approval,) = route(session, role_requested("state-agency-sc-general-user", state))
            values = {each.name: getattr(approval, each.key) for each in ApprovalRow.__table__.columns}
            session.execute(insert(ApprovalRow), [values | {"id": new_id()} for _ in range(MANY // 5)])
        session.execute(text("ANALYZE approvals"))
        plan = explained(session, lambda: organization_queries.organizations_named(session), "ANALYZE")
    assert indexes(plan) == {"ix_approvals_organization"}
    assert "Seq Scan" not in {node["Node Type"] for node in nodes(plan)}
    assert rows_read(plan) == 5
