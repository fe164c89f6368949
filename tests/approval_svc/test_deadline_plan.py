"""What follows when nobody answers, by the packaged policy and by any other."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval_svc.domain.business_time import BusinessCalendar
from approval_svc.domain.deadline_plan import DeadlineKind, Planned, plan
from shared.catalog import Policy, the_catalog
from tests.approval_svc.test_business_time import business_days, calendars, instants

CENTRAL = ZoneInfo("America/Chicago")
CALENDAR = BusinessCalendar(CENTRAL, {date(2026, 11, 26): "Thanksgiving Day", date(2026, 12, 25): "Christmas Day"})
POLICY = the_catalog().deadline_policy("state-agency-sc-general-user", "state")
MONDAY = datetime(2026, 11, 23, 10, tzinfo=CENTRAL)
policies = st.builds(
    lambda **changes: replace(POLICY, **changes),
    reminders=st.lists(st.integers(1, 30), max_size=4).map(tuple),
    escalation=st.none() | st.integers(1, 30),
    expiry=st.integers(1, 40),
    expiry_notices=st.lists(st.integers(1, 30), max_size=3).map(tuple),
)


def told(planned: tuple[Planned, ...]) -> list[str]:
    return [f"{each.kind} {each.step}: {each.due_at.astimezone(CENTRAL):%a %m/%d %H:%M}" for each in planned]


def test_the_packaged_policy_leads_to_the_end_of_the_chain_and_expires() -> None:
    assert told(plan(POLICY, CALENDAR, MONDAY)) == [
        "reminder 1: Wed 11/25 10:00",
        "reminder 2: Mon 11/30 10:00",
        "escalation 1: Tue 12/01 10:00",
        "escalation 2: Tue 12/08 10:00",
        "escalation 3: Tue 12/15 10:00",
        "expiry_notice 1: Tue 12/15 10:00",
        "expiry_notice 2: Mon 12/21 10:00",
        "expiry 1: Tue 12/22 10:00",
    ]


def test_what_is_asked_in_the_evening_is_reminded_of_in_the_morning() -> None:
    asked = MONDAY.replace(hour=19)
    assert told(plan(POLICY, CALENDAR, asked))[:2] == ["reminder 1: Fri 11/27 08:00", "reminder 2: Tue 12/01 08:00"]


def test_while_the_requester_is_asked_the_clock_rests() -> None:
    assert told(plan(POLICY, CALENDAR, MONDAY, rested=1.5))[0] == "reminder 1: Mon 11/30 08:00"
    assert told(plan(POLICY, CALENDAR, MONDAY, rested=3))[0] == "reminder 1: Tue 12/01 10:00"


def test_a_chain_ends() -> None:
    escalations = [each for each in plan(POLICY, CALENDAR, MONDAY, levels=2) if each.kind is DeadlineKind.ESCALATION]
    assert [each.step for each in escalations] == [1, 2]


def test_without_escalation_there_is_none() -> None:
    planned = plan(replace(POLICY, escalation=None), CALENDAR, MONDAY)
    assert DeadlineKind.ESCALATION not in {each.kind for each in planned}


def test_mail_goes_out_in_the_hours_of_the_policy() -> None:
    early = replace(POLICY, mail_hours=(time(6), time(9)))
    assert told(plan(early, CALENDAR, MONDAY))[0] == "reminder 1: Fri 11/27 06:00"


@given(policies, calendars, instants, business_days)
def test_every_deadline_is_on_a_business_day_in_mail_hours_and_in_time(
    policy: Policy, calendar: BusinessCalendar, start: datetime, rested: float
) -> None:
    for each in plan(policy, calendar, start, rested):
        clock = each.due_at.astimezone(calendar.zone)
        assert calendar.is_business_day(clock.date())
        assert time(8) <= clock.time() < time(18)
        assert calendar.elapsed(start, each.due_at) == pytest.approx(each.days + rested, abs=1)
        assert calendar.elapsed(start, each.due_at) >= each.days + rested - 1e-9
        assert each.due_at.tzinfo is UTC


@given(policies, calendars, instants)
def test_deadlines_come_in_order_each_once_and_the_expiry_is_the_last(
    policy: Policy, calendar: BusinessCalendar, start: datetime
) -> None:
    planned = plan(policy, calendar, start)
    assert [each.due_at for each in planned] == sorted(each.due_at for each in planned)
    assert len({(each.kind, each.step) for each in planned}) == len(planned)
    assert planned[-1].kind is DeadlineKind.EXPIRY
    assert planned[-1].days == policy.expiry
    assert all(0 < each.days < policy.expiry for each in planned[:-1])


@given(policies, calendars, instants, business_days)
def test_a_rest_moves_every_deadline_back_or_leaves_it(
    policy: Policy, calendar: BusinessCalendar, start: datetime, rested: float
) -> None:
    before = {(each.kind, each.step): each.due_at for each in plan(policy, calendar, start)}
    after = {(each.kind, each.step): each.due_at for each in plan(policy, calendar, start, rested)}
    assert before.keys() == after.keys()
    assert all(before[key] <= after[key] for key in before)
