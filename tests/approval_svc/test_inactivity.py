"""Inactivity as it happens: sign-ins that are heard of, ticks that come over them, and messages that go out."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select, text

from approval_svc.tables import ActivityRow, GrantRow
from approval_svc.use_cases import end_inactive as end_inactive_module
from approval_svc.use_cases.activity import look_at_everybody, note_sign_in
from approval_svc.use_cases.end_inactive import end_inactive
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.follow_removal import follow_removal
from approval_svc.use_cases.record_sign_in import record_sign_in
from shared.contracts import EndedBecause, InactiveRolesEnded, InactivityWarned, Person, RoleEndOrdered, RoleGranted
from shared.db import Database
from tests.approval_svc.factories import ALABAMA, ANGELA, LIFETIME, MAUMEE, grant, published, removal

START = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)
"""10:00 in Alabama, 11:00 in Ohio."""
DAY = timedelta(days=1)


def granted(database: Database, *grants: RoleGranted, now: datetime = START) -> None:
    with database.transaction() as session:
        for each in grants:
            follow_grant(session, each, LIFETIME, now)


def tick(database: Database, now: datetime) -> int:
    with database.transaction() as session:
        return end_inactive(session, now)


def run(database: Database, start: datetime, days: int) -> None:
    for hours in range(0, days * 24 + 1, 6):
        tick(database, start + timedelta(hours=hours))


def warnings(database: Database) -> list[InactivityWarned]:
    with database.reading() as session:
        return published(session, InactivityWarned)


def ends(database: Database) -> list[RoleEndOrdered]:
    with database.reading() as session:
        return published(session, RoleEndOrdered)


def general_user() -> RoleGranted:
    return grant(ANGELA, "state-agency-sc-general-user", ALABAMA)


def test_somebody_who_never_signs_in_is_warned_five_times_and_loses_every_role_on_day_60(
    approval_database: Database,
) -> None:
    roles = general_user(), grant(ANGELA, "assessment-submitter", MAUMEE)
    granted(approval_database, *roles)
    run(approval_database, START, 61)
    told = warnings(approval_database)
    assert [(each.warned_at - START).days for each in told] == [50, 53, 55, 57, 59]
    assert all({role.grant_id for role in each.roles} == {role.grant_id for role in roles} for each in told)
    assert all(role.ends_at == START + 60 * DAY for each in told for role in each.roles)
    assert told[0].holder.email == ANGELA.email
    assert told[0].last_sign_in_at is None
    ordered = ends(approval_database)
    assert {each.grant_id for each in ordered} == {role.grant_id for role in roles}
    assert {each.because for each in ordered} == {EndedBecause.INACTIVE}
    assert {each.reason for each in ordered} == {"You had not signed in for 60 days."}
    with approval_database.reading() as session:
        (ended,) = published(session, InactiveRolesEnded)
    assert len(ended.roles) == 2


def test_the_end_is_ordered_once_although_request_svc_takes_its_time(approval_database: Database) -> None:
    granted(approval_database, general_user())
    run(approval_database, START, 70)
    assert len(ends(approval_database)) == 1


def test_a_sign_in_begins_the_count_anew(approval_database: Database) -> None:
    granted(approval_database, general_user())
    run(approval_database, START, 51)
    with approval_database.transaction() as session:
        note_sign_in(session, ANGELA.user_id, START + 52 * DAY)
        note_sign_in(session, ANGELA.user_id, START + 2 * DAY)  # heard of late: the newer one counts
    run(approval_database, START + 52 * DAY, 51)
    told = warnings(approval_database)
    assert [(each.warned_at - START).days for each in told] == [50, 102]
    assert told[1].last_sign_in_at == START + 52 * DAY
    assert ends(approval_database) == []


def test_a_sign_in_to_this_service_counts_as_one_at_the_provider(approval_database: Database) -> None:
    granted(approval_database, general_user())
    with approval_database.transaction() as session:
        record_sign_in(session, ANGELA.user_id, START + 40 * DAY)
    run(approval_database, START, 89)
    assert warnings(approval_database) == []


def test_a_role_that_ended_otherwise_is_nobodys_business(approval_database: Database) -> None:
    role = general_user()
    granted(approval_database, role)
    with approval_database.transaction() as session:
        follow_removal(session, removal(role), LIFETIME, START + DAY)
    run(approval_database, START, 61)
    assert warnings(approval_database) == []
    with approval_database.reading() as session:
        assert session.scalars(select(ActivityRow.due_at)).one() is None


def test_after_days_without_a_beat_the_warning_comes_first(approval_database: Database) -> None:
    granted(approval_database, general_user())
    tick(approval_database, START + 80 * DAY)
    tick(approval_database, START + 80 * DAY + timedelta(hours=1))
    assert len(warnings(approval_database)) == 1
    assert warnings(approval_database)[0].roles[0].ends_at == START + 81 * DAY
    assert ends(approval_database) == []
    tick(approval_database, START + 81 * DAY)
    assert len(ends(approval_database)) == 1


def test_two_beats_warn_once(approval_database: Database) -> None:
    granted(approval_database, general_user())
    due = START + 50 * DAY
    with approval_database.transaction() as one, approval_database.transaction() as other:
        assert (end_inactive(one, due), end_inactive(other, due)) == (1, 0)
    tick(approval_database, due)
    assert len(warnings(approval_database)) == 1


def test_one_person_who_cannot_be_handled_does_not_hold_up_the_others(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    bert = Person(user_id="bert", name="Bert", email="bert@health.example")
    granted(approval_database, general_user(), grant(bert, "state-agency-sc-general-user", ALABAMA))
    healthy = end_inactive_module._idle

    def sick_for_angela(held: GrantRow, person: ActivityRow) -> object:
        if person.user_id == ANGELA.user_id:
            raise LookupError("the catalog has lost something")
        return healthy(held, person)

    monkeypatch.setattr(end_inactive_module, "_idle", sick_for_angela)
    tick(approval_database, START + 50 * DAY)
    assert [each.holder.user_id for each in warnings(approval_database)] == ["bert"]
    monkeypatch.undo()
    tick(approval_database, START + 50 * DAY + timedelta(minutes=15))
    assert {each.holder.user_id for each in warnings(approval_database)} == {"bert", ANGELA.user_id}


def test_a_shorter_policy_counts_once_everybody_is_looked_at(approval_database: Database) -> None:
    granted(approval_database, general_user())
    with approval_database.transaction() as session:
        assert look_at_everybody(session, START + DAY) == 1
    tick(approval_database, START + DAY)
    with approval_database.reading() as session:
        assert session.scalars(select(ActivityRow.due_at)).one() == START + 50 * DAY


def test_who_is_due_is_found_by_the_index_alone(approval_database: Database) -> None:
    many = "INSERT INTO activity (user_id, due_at) SELECT 'u' || n, now() + n * interval '1 hour' FROM "
    with approval_database.transaction() as session:
        session.execute(text(f"{many} generate_series(1, 20000) AS n"))
        session.execute(text("ANALYZE activity"))
        claim = "SELECT * FROM activity WHERE due_at <= now() + interval '3 hours' ORDER BY due_at LIMIT 500 FOR UPDATE"
        plan = "\n".join(session.scalars(text(f"EXPLAIN {claim} SKIP LOCKED")))
    assert "ix_activity_due_at" in plan
    assert "Seq Scan" not in plan


def test_what_was_told_is_told_on_different_days(approval_database: Database) -> None:
    granted(approval_database, general_user())
    granted(approval_database, grant(ANGELA, "assessment-submitter", MAUMEE), now=START + timedelta(hours=20))
    run(approval_database, START, 64)
    days = [each.warned_at.date() for each in warnings(approval_database)]
    assert all(one < other for one, other in pairwise(days))
    assert len(ends(approval_database)) == 2
