"""The rules of a question to the requester, without a database: what may be asked, and what follows."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from approval_svc.domain.business_time import BusinessCalendar
from approval_svc.domain.questions import (
    LONGEST_QUESTION,
    Inquiry,
    StepKind,
    checked,
    correctable,
    due,
    next_at,
    recipients,
    steps,
)
from approval_svc.domain.refusals import UnusableChoiceError
from shared.catalog import load

CALENDAR = BusinessCalendar(ZoneInfo("America/Chicago"), {})
FRIDAY = datetime(2026, 6, 5, 20, 0, tzinfo=UTC)
"""15:00 in Alabama."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Patience:
    reminders: tuple[int, ...] = (2, 4)
    question_ends: int = 10
    mail_hours: tuple[time, time] = (time(8), time(18))


def kinds(policy: Patience) -> list[tuple[StepKind, int, datetime]]:
    return [(each.kind, each.number, each.due_at) for each in steps(policy, CALENDAR, FRIDAY)]


def test_the_requester_is_reminded_on_business_days_and_then_the_clock_goes_on() -> None:
    assert kinds(Patience()) == [
        (StepKind.REMINDER, 1, FRIDAY + 4 * DAY),
        (StepKind.REMINDER, 2, FRIDAY + 6 * DAY),
        (StepKind.LAPSE, 1, FRIDAY + 14 * DAY),
    ]


def test_nobody_is_reminded_of_what_has_lapsed() -> None:
    assert [kind for kind, *_ in kinds(Patience(question_ends=3))] == [StepKind.REMINDER, StepKind.LAPSE]
    assert [kind for kind, *_ in kinds(Patience(reminders=()))] == [StepKind.LAPSE]


def test_mail_waits_for_the_mail_hours() -> None:
    late = FRIDAY + timedelta(hours=6)  # 21:00
    first, *_ = steps(Patience(), CALENDAR, late)
    assert first.due_at == datetime(2026, 6, 10, 13, 0, tzinfo=UTC)  # 08:00 of the day after


def test_of_what_became_due_together_the_last_thing_happens() -> None:
    planned = steps(Patience(), CALENDAR, FRIDAY)
    assert [each.kind for each in due(planned, 0, FRIDAY)] == []
    assert [each.number for each in due(planned, 0, FRIDAY + 7 * DAY)] == [1, 2]
    assert due(planned, 1, FRIDAY + 30 * DAY)[-1].kind is StepKind.LAPSE


def test_a_policy_with_fewer_reminders_than_were_given_still_lets_the_clock_go_on() -> None:
    planned = steps(Patience(reminders=()), CALENDAR, FRIDAY)
    assert [each.kind for each in due(planned, 2, FRIDAY + 30 * DAY)] == [StepKind.LAPSE]


def test_the_next_step_comes_whatever_the_policy_says_by_now() -> None:
    planned = steps(Patience(), CALENDAR, FRIDAY)
    assert next_at(planned, FRIDAY) == FRIDAY + 4 * DAY
    assert next_at(planned, FRIDAY + 4 * DAY) == FRIDAY + 6 * DAY
    assert next_at(planned, FRIDAY + 14 * DAY) is None
    assert next_at(steps(Patience(reminders=()), CALENDAR, FRIDAY), FRIDAY + 6 * DAY) == FRIDAY + 14 * DAY


def test_what_can_be_corrected_depends_on_the_form_of_the_role_and_never_names_who_or_what_for() -> None:
    for role in load().roles:
        offered = set(correctable(role.step3, asks_surveyor=role.asks_surveyor))
        assert "phone" in offered
        assert not offered & {"name", "email", "user_id", "role_id", "category_id", "state", "provider", "survey_for"}
    assert "employee_id" in correctable("state", asks_surveyor=False)
    assert correctable("contract-surveyor", asks_surveyor=False) == ("phone", "surveyor_status", "federal_surveyor_id")


@pytest.mark.parametrize(
    ("inquiry", "field"),
    [
        (Inquiry(text=""), "question"),
        (Inquiry(text="x" * (LONGEST_QUESTION + 1)), "question"),
        (Inquiry(text="Who?", fields=("employee_id",)), "correct"),
        (Inquiry(text="Who?", fields=("role_id",)), "correct"),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_field(inquiry: Inquiry, field: str) -> None:
    with pytest.raises(UnusableChoiceError) as refused:
        checked(inquiry, ("phone",))
    assert refused.value.field == field


def test_who_becomes_an_existing_surveyor_is_asked_for_the_id_too() -> None:
    offered = correctable("contract-surveyor", asks_surveyor=False)
    asked = checked(Inquiry(text="New?", fields=("surveyor_status",)), offered)
    assert asked.fields == ("surveyor_status", "federal_surveyor_id")


def test_who_asked_is_told_or_whoever_may_decide_instead() -> None:
    loretta, marcus = uuid4(), uuid4()
    assert recipients(loretta, [marcus, loretta]) == (loretta,)
    assert recipients(loretta, [marcus]) == (marcus,)
