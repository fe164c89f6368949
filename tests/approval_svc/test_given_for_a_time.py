"""Roles that are given for a time: until when, what is told before, and that they end by themselves, once."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from approval_svc.domain.refusals import UnusableChoiceError
from approval_svc.domain.terms import Term, notices
from approval_svc.tables import ApprovalRow, OfficialRow, RoleEndRow
from approval_svc.use_cases.end_due_roles import end_due_roles
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.follow_removal import follow_removal
from approval_svc.use_cases.remove_role import Person, remove_role
from shared.catalog.deadlines import RoleDuration
from shared.contracts import ApprovalDecided, EndedBecause, RoleEndOrdered, RoleEndsSoon, RoleGranted
from shared.db import Database
from tests.approval_svc.browser import LORETTA, World, hidden_fields
from tests.approval_svc.factories import (
    ALABAMA,
    ANGELA,
    LIFETIME,
    NOW,
    approve,
    general_user,
    grant,
    official,
    published,
    reject,
    removal,
    route,
)
from tests.pages import words

CHICAGO = ZoneInfo("America/Chicago")
TODAY = date(2026, 11, 23)
TERM = Term(today=TODAY, zone=CHICAGO)
DAY = timedelta(days=1)
END = datetime(2027, 3, 2, 5, 59, tzinfo=UTC)
"""The last minute of March 1st, 2027, in Alabama: a Monday."""
ROLE = "state-agency-sc-general-user"


def test_a_role_ends_with_the_last_minute_of_its_last_day_by_the_organization_s_clock() -> None:
    assert TERM.ends_at(date(2027, 3, 1)) == END
    assert TERM.ends_at(None) is None


def test_where_the_policy_ends_roles_it_does_so_when_nobody_names_a_day() -> None:
    assert replace(TERM, days=98).ends_at(None) == END
    assert replace(TERM, days=365).ends_at(date(2027, 3, 1)) == END


@pytest.mark.parametrize(
    ("term", "until"),
    [(TERM, TODAY), (TERM, date(2020, 1, 1)), (TERM, date(2037, 1, 1)), (replace(TERM, days=30), date(2027, 1, 1))],
)
def test_a_day_that_is_over_or_too_far_away_is_refused(term: Term, until: date) -> None:
    with pytest.raises(UnusableChoiceError) as refused:
        term.check(until)
    assert refused.value.field == "until"


def test_tomorrow_and_the_policy_s_last_day_are_taken() -> None:
    TERM.check(TODAY + DAY)
    replace(TERM, days=30).check(TODAY + 30 * DAY)


def test_notices_come_before_the_end_but_not_on_the_day_on_which_the_role_is_given() -> None:
    assert notices(END, (7, 30), END - 100 * DAY) == {30: END - 30 * DAY, 7: END - 7 * DAY, 0: END}
    assert notices(END, (30, 7), END - 30.5 * DAY) == {7: END - 7 * DAY, 0: END}
    assert notices(END, (30, 7), END - 3 * DAY) == {0: END}


def test_the_official_names_the_last_day_and_everybody_learns_of_it(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        (approval,) = route(session, general_user())
        approve(session, approval, loretta, until=date(2027, 3, 1))
        (decided,) = published(session, ApprovalDecided)
    assert decided.outcome.ends_at == approval.ends_at == END


def test_a_day_that_cannot_be_taken_decides_nothing(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        (approval,) = route(session, general_user())
        with pytest.raises(UnusableChoiceError):
            approve(session, approval, loretta, until=TODAY)
        assert approval.state == "asked"


def test_the_policy_gives_an_end_of_its_own(approval_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from approval_svc import reference

    policy = reference.deadline_policy(ROLE, "state")
    shorter = replace(policy, role_duration=RoleDuration(days=98, notices=(30, 7)))
    monkeypatch.setattr(reference, "deadline_policy", lambda *_: shorter)
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        first, second = (route(session, general_user())[0] for _ in range(2))
        approve(session, first, loretta)
        reject(session, second, loretta)
        assert (first.ends_at, second.ends_at) == (END, None)


def test_the_page_takes_a_day_and_names_it_before_and_after(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    world.sign_in(LORETTA)
    path, until = f"/approvals/{approval.id}", (world.now + timedelta(days=60)).date()
    page = world.browser.get(path)
    assert "Last day of the role" in words(page)
    for wrong in ("2020-01-01", "soon"):
        refused = world.post(path, page, decision="approved", until=wrong)
        assert (refused.status_code, f'value="{wrong}"' in refused.text) == (422, True)
        assert world.post(f"{path}/confirm", page, decision="approved", until=wrong).status_code == 422

    confirmation = world.post(path, page, decision="approved", until=until.isoformat())
    assert f"The role ends by itself on {until:%m/%d/%Y} 11:59 PM C" in words(confirmation)
    assert hidden_fields(confirmation)["until"] == [until.isoformat()]
    world.post(f"{path}/confirm", confirmation, decision="approved", until=until.isoformat())
    assert f"The role ends: {until:%m/%d/%Y} 11:59 PM C" in words(world.browser.get(path))
    with world.database.reading() as session:
        ends_at = session.get_one(ApprovalRow, approval.id).ends_at
    assert ends_at is not None
    assert ends_at.astimezone(CHICAGO).date() == until


def given(database: Database, **differently: Any) -> RoleGranted:
    values: dict[str, Any] = {"granted_at": END - 100 * DAY, "ends_at": END}
    message = grant(ANGELA, ROLE, ALABAMA, **values | differently)
    with database.transaction() as session:
        follow_grant(session, message, LIFETIME, END - 100 * DAY)
    return message


def tick(database: Database, now: datetime) -> int:
    with database.transaction() as session:
        return end_due_roles(session, now)


def told(database: Database) -> list[RoleEndsSoon]:
    with database.reading() as session:
        return published(session, RoleEndsSoon)


def ordered(database: Database) -> list[RoleEndOrdered]:
    with database.reading() as session:
        return published(session, RoleEndOrdered)


def test_the_holder_is_told_30_and_7_days_before_and_then_it_ends(approval_database: Database) -> None:
    message = given(approval_database)
    now = END - 40 * DAY
    while now <= END + 2 * DAY:
        tick(approval_database, now)
        now += timedelta(hours=6)

    assert [each.days for each in told(approval_database)] == [30, 7]
    (order,) = ordered(approval_database)
    assert (order.grant_id, order.because) == (message.grant_id, EndedBecause.ENDED)
    assert (order.ordered_by, order.ordered_by_official, order.reason) == (None, None, None)
    assert END <= order.ordered_at < END + timedelta(hours=6)


def test_the_mail_keeps_to_the_organization_s_mail_hours(approval_database: Database) -> None:
    given(approval_database)
    due = END - 30 * DAY  # 11:59 PM of a Saturday
    tick(approval_database, due)
    (notice,) = told(approval_database)
    local = notice.not_before.astimezone(CHICAGO)
    assert (local.strftime("%A"), local.hour, local.minute) == ("Monday", 8, 0)


def test_so_does_the_mail_that_the_role_has_ended(approval_database: Database) -> None:
    given(approval_database)
    tick(approval_database, END)  # 11:59 PM of a Monday
    (order,) = ordered(approval_database)
    assert order.not_before is not None
    local = order.not_before.astimezone(CHICAGO)
    assert (local.strftime("%A"), local.hour, local.minute) == ("Tuesday", 8, 0)


def test_after_an_outage_the_last_notice_is_given_and_none_when_it_is_over(approval_database: Database) -> None:
    given(approval_database)
    given(approval_database, ends_at=END + 20 * DAY)
    assert tick(approval_database, END - 5 * DAY) == 2
    assert [each.days for each in told(approval_database)] == [5, 25]
    tick(approval_database, END + 30 * DAY)
    assert len(told(approval_database)) == 2
    assert len(ordered(approval_database)) == 2


def test_nothing_happens_twice_however_many_beats_run(approval_database: Database) -> None:
    given(approval_database)
    with approval_database.transaction() as one, approval_database.transaction() as other:
        assert end_due_roles(one, END) == 1
        assert end_due_roles(other, END) == 0
    assert tick(approval_database, END) == 0
    assert len(ordered(approval_database)) == 1


def test_of_a_role_that_ended_otherwise_nothing_more_is_told(approval_database: Database) -> None:
    message = given(approval_database)
    with approval_database.transaction() as session:
        follow_removal(session, removal(message), LIFETIME, NOW)
    assert [tick(approval_database, now) for now in (END - 30 * DAY, END)] == [0, 0]
    assert told(approval_database) == []
    assert ordered(approval_database) == []


def test_a_role_that_is_being_removed_is_not_ended_again(approval_database: Database) -> None:
    message = given(approval_database)
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        person = Person(user_id="loretta", name="Loretta", email=loretta.email, is_operations=False)
        remove_role(session, message.grant_id, person, "Left", END - 31 * DAY)
    for now in (END - 30 * DAY, END):
        tick(approval_database, now)
    assert [each.because for each in ordered(approval_database)] == [EndedBecause.REMOVED]
    assert told(approval_database) == []


def test_an_end_that_was_heard_of_first_plans_nothing(approval_database: Database) -> None:
    message = grant(ANGELA, ROLE, ALABAMA, ends_at=END)
    with approval_database.transaction() as session:
        follow_removal(session, removal(message), LIFETIME, NOW)
        follow_grant(session, message, LIFETIME, NOW)
        assert session.scalars(select(RoleEndRow)).all() == []


def test_a_role_without_an_end_has_none_planned(approval_database: Database) -> None:
    given(approval_database, ends_at=None)
    with approval_database.reading() as session:
        assert session.scalars(select(RoleEndRow)).all() == []
