"""The course of a simulation: who is told of what, from planned deadlines and the chain of authorities alone."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from approval_svc.domain.business_time import BusinessCalendar, Skipped
from approval_svc.domain.deadline_plan import plan
from approval_svc.domain.simulation import REQUESTER, Course, course
from shared.catalog import Policy, the_catalog

CALENDAR = BusinessCalendar(ZoneInfo("America/Chicago"), {date(2026, 11, 26): "Thanksgiving Day"})
MONDAY = datetime(2026, 11, 23, 10, tzinfo=CALENDAR.zone)
POLICY = the_catalog().deadline_policy("state-agency-sc-general-user", "state")


def simulated(*chain: str, policy: Policy = POLICY) -> Course:
    return course(plan(policy, CALENDAR, MONDAY, levels=3), chain, CALENDAR, MONDAY)


def told(found: Course) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.what, each.to) for each in found.follows]


def test_a_reminder_that_an_escalation_overtakes_brings_no_mail() -> None:
    found = simulated("state", "cms", policy=replace(POLICY, reminders=(2, 5)))
    reminder, escalation = found.follows[1:3]
    assert (reminder.what, reminder.mail, reminder.to, reminder.is_overtaken) == ("Reminder 2", None, (), True)
    assert (escalation.mail, escalation.is_overtaken) == ("Escalation to cms", False)
    assert reminder.due_at == escalation.due_at


def test_operations_are_alerted_once_where_the_chain_ends() -> None:
    escalations = [line for line in told(simulated("state")) if line[0].startswith("Escalation")]
    assert escalations == [
        ("Escalation 1", ("operations: an alert, no mail",)),
        ("Escalation 2", ()),
        ("Escalation 3", ()),
    ]


def test_whoever_was_added_is_told_of_the_end_and_so_is_the_requester() -> None:
    found = told(simulated("state", "cms"))
    assert found[0] == ("Reminder 1", ("state",))
    assert found[-1] == ("Expired", (REQUESTER, "state", "cms"))


def test_the_days_on_the_way_are_named_to_the_last_date() -> None:
    found = simulated("state")
    assert found.skipped[0] == Skipped(date(2026, 11, 26), "Thanksgiving Day")
    assert found.skipped[-1] == Skipped(date(2026, 12, 20), "Sunday")
