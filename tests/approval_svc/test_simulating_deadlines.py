"""What would follow a request that nobody answers, as operations ask for it on the command line."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bs4 import Tag
from click.testing import CliRunner, Result
from sqlalchemy import update

from approval_svc.deadline_commands import deadlines
from approval_svc.tables import ClosingDayRow, OfficialRow
from shared.clock import format_instant
from shared.db import Database
from tests.approval_svc.browser import LORETTA, World
from tests.approval_svc.factories import COLORADO_UNIVERSITY, MAUMEE, official, role_requested, route
from tests.pages import soup

GENERAL_USER = "state-agency-sc-general-user"
IN_ALABAMA = ("--role", GENERAL_USER, "--organization", "AL")
MONDAY = ("--from", "2026-11-23T10:00")
Run = Callable[..., Result]


@pytest.fixture
def run(approval_database: Database, settings_environ: dict[str, str]) -> Run:
    with approval_database.transaction() as session:
        for kind, place, user_id in (
            ("state", "AL", "loretta"),
            ("state", "AL", "marcus"),
            ("cms", "cms", "margaret"),
            ("help-desk", "help-desk", "hal"),
        ):
            official(session, kind, place, user_id)
    environ = settings_environ | {"COLUMNS": "200"}
    return lambda *words: CliRunner(env=environ).invoke(deadlines, ("simulate", *words))


@pytest.fixture
def simulated(run: Run) -> Callable[..., dict[str, Any]]:
    def simulated(*words: str) -> dict[str, Any]:
        result = run(*words, "--json")
        assert result.exit_code == 0, result.output
        found: dict[str, Any] = json.loads(result.output)
        return found

    return simulated


Simulated = Callable[..., dict[str, Any]]


def lines(found: dict[str, Any]) -> list[str]:
    return [f"{each['due_at']} {each['mail']} to {', '.join(each['to'])}" for each in found["dates"]]


def test_a_request_in_alabama_goes_the_whole_chain_and_expires(simulated: Simulated) -> None:
    state, cms, desk = (
        "Security Officials of Alabama (2 people)",
        "CMS Security Officials (1 person)",
        "iQIES Help Desk Production Control (1 person)",
    )
    found = simulated(*IN_ALABAMA, *MONDAY)
    assert found["asked"] == state
    assert lines(found) == [
        f"2026-11-25T10:00:00-06:00 Reminder 1 to {state}",
        f"2026-11-30T10:00:00-06:00 Reminder 2 to {state}",
        f"2026-12-01T10:00:00-06:00 Escalation to {cms} to {state}, {cms}",
        f"2026-12-08T10:00:00-06:00 Escalation to {desk} to {state}, {cms}, {desk}",
        "2026-12-15T10:00:00-06:00 None to operations: an alert, no mail",
        f"2026-12-15T10:00:00-06:00 Notice 1 of the expiry to the requester, {state}, {cms}, {desk}",
        f"2026-12-21T10:00:00-06:00 Notice 2 of the expiry to the requester, {state}, {cms}, {desk}",
        f"2026-12-22T10:00:00-06:00 Expired to the requester, {state}, {cms}, {desk}",
    ]


def test_the_days_that_do_not_count_are_told_with_the_reason(approval_database: Database, simulated: Simulated) -> None:
    with approval_database.transaction() as session:
        closed = ClosingDayRow(organization_kind="state", organization_id="AL", day=date(2026, 11, 24), name="Move")
        session.add(closed)
    found = simulated(*IN_ALABAMA, *MONDAY)
    assert [(each["day"], each["why"]) for each in found["skipped"]][:4] == [
        ("2026-11-24", "Closed: Move"),
        ("2026-11-26", "Thanksgiving Day"),
        ("2026-11-28", "Saturday"),
        ("2026-11-29", "Sunday"),
    ]
    assert found["dates"][0]["due_at"] == "2026-11-27T10:00:00-06:00"


def test_what_falls_into_the_night_is_moved_and_says_so(simulated: Simulated) -> None:
    reminder = simulated(*IN_ALABAMA, "--from", "2026-11-23T19:30")["dates"][0]
    assert reminder["due_at"] == "2026-11-27T08:00:00-06:00"
    assert reminder["moved_from"] == "2026-11-25T19:30:00-06:00"


def test_a_date_alone_means_the_beginning_of_mail_hours(simulated: Simulated) -> None:
    assert simulated(*IN_ALABAMA, "--from", "2026-11-23")["asked_at"] == "2026-11-23T08:00:00-06:00"


def test_a_weekend_counts_from_monday(simulated: Simulated) -> None:
    found = simulated(*IN_ALABAMA, "--from", "2026-11-21T18:00:00+00:00")
    assert found["asked_at"] == "2026-11-21T12:00:00-06:00"
    assert found["counts_from"] == "2026-11-23T00:00:00-06:00"
    assert found["dates"][0]["due_at"] == "2026-11-25T08:00:00-06:00"


def test_a_state_without_officials_begins_with_the_next_authority(simulated: Simulated) -> None:
    found = simulated("--role", GENERAL_USER, "--organization", "GU", *MONDAY)
    assert (found["time_zone"], found["asked"]) == ("Pacific/Guam", "CMS Security Officials (1 person)")
    escalations = [each for each in found["dates"] if each["kind"] == "escalation"]
    assert [each["to"][-1] for each in escalations if each["to"]] == [
        "iQIES Help Desk Production Control (1 person)",
        "operations: an alert, no mail",
    ]
    assert [each["mail"] for each in escalations][1:] == [None, None]


def test_a_national_role_has_eastern_time(simulated: Simulated) -> None:
    found = simulated("--role", "CMS General User", *MONDAY)
    assert (found["organization"], found["time_zone"]) == (None, "America/New_York")


def test_a_contract_surveyor_is_asked_for_a_state_or_a_contract_organization(simulated: Simulated) -> None:
    role = ("--role", "contract-surveyor", *MONDAY)
    assert simulated(*role, "--organization", "Alabama")["asked"].startswith("Security Officials of Alabama")
    university = simulated(*role, "--organization", COLORADO_UNIVERSITY.id)
    assert university["organization"]["kind"] == "contract-organization"


def test_an_organization_that_only_requests_have_named_is_known(
    approval_database: Database, simulated: Simulated
) -> None:
    with approval_database.transaction() as session:
        route(session, role_requested("provider-administrator", MAUMEE))
    found = simulated("--role", "provider-administrator", "--organization", MAUMEE.id, *MONDAY)
    assert (found["organization"]["name"], found["time_zone"]) == (MAUMEE.name, "America/New_York")


def test_it_is_printed_for_people_in_the_organizations_zone(run: Run) -> None:
    output = run(*IN_ALABAMA, *MONDAY).output
    assert "for Alabama, time zone America/Chicago" in output
    assert "11/25/2026 10:00 AM CST" in output
    assert "Thu 11/26/2026" in output
    assert "Thanksgiving Day" in output
    weekend = run(*IN_ALABAMA, "--from", "2026-11-22").output
    assert "Counted from 11/23/2026 12:00 AM CST, the next business day" in weekend
    assert "moved into mail hours from 11/25/2026 12:00 AM CST" in weekend


def test_nobody_to_ask_is_told(approval_database: Database, run: Run) -> None:
    with approval_database.transaction() as session:
        session.execute(update(OfficialRow).values(active=False))
    assert "nobody; the clock starts when an official is named" in run(*IN_ALABAMA, *MONDAY).output


@pytest.mark.parametrize(
    ("words", "option", "sentence"),
    [
        (("--role", "king", "--organization", "AL", *MONDAY), "--role", "No role of the catalog"),
        (("--role", "cms-security-official", *MONDAY), "--role", "This role cannot be requested"),
        (("--role", GENERAL_USER, *MONDAY), "--organization", "Enter the organization"),
        (("--role", GENERAL_USER, "--organization", "XX", *MONDAY), "--organization", "No state or territory with"),
        (("--role", "clia-admin", "--organization", "AL", *MONDAY), "--organization", "Leave this empty"),
        ((*IN_ALABAMA, "--from", "tomorrow"), "--from", "Enter a date such as"),
        ((*IN_ALABAMA, "--from", "2026-02-29"), "--from", "Enter a date such as"),
        ((*IN_ALABAMA, "--from", "1926-02-28"), "--from", "Enter a date from 2000 to 2099"),
        ((*IN_ALABAMA, "--from", "0001-01-01T00:00:00+14:00"), "--from", "Enter a date such as"),
    ],
)
def test_a_question_without_answer_is_refused_in_plain_words(
    run: Run, words: tuple[str, ...], option: str, sentence: str
) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert f"Invalid value for {option}: {sentence}" in result.output


@pytest.mark.parametrize(
    "question",
    [
        {"role": GENERAL_USER, "organization": "AL", "from": "2026-11-23T10:00"},
        {"role": GENERAL_USER, "organization": "GU", "from": "2026-12-18T23:30"},
        {"role": "CMS General User", "from": "2027-03-12"},
    ],
    ids=["Alabama", "Guam at night", "national over the change to summer time"],
)
def test_the_operations_page_shows_the_same_dates_and_mails(
    world: World, run: Run, simulated: Simulated, question: dict[str, str]
) -> None:
    words = [word for name, value in question.items() for word in (f"--{name}", value)]
    found, printed = simulated(*words), run(*words).output
    world.sign_in(replace(LORETTA, user_id="olu", is_operations=True))
    page = soup(world.browser.get("/operations/deadlines", query_string=question))
    (rows, skipped) = ([_cells(row) for row in table.select("tbody tr")] for table in page.find_all("table"))
    assert len(rows) == len(found["dates"])
    zone = ZoneInfo(found["time_zone"])
    for (days, when, what, to), each in zip(rows, found["dates"], strict=True):
        at = format_instant(datetime.fromisoformat(each["due_at"]), zone)
        assert (days, when.split("Moved")[0].split(maxsplit=1)[1].strip()) == (str(each["business_days"]), at)
        assert each["mail"] in (what, None)
        assert to.casefold() == " ".join(each["to"]).casefold() or (to.startswith("No mail") and not each["to"])
        assert "IQIES" not in to
        assert at in printed
        assert what in printed
    assert [(date.fromisoformat(each["day"]).strftime("%a %m/%d/%Y"), each["why"]) for each in found["skipped"]] == [
        (day, why) for day, why in skipped
    ]


def _cells(row: Tag) -> list[str]:
    return [" ".join(cell.get_text(" ").split()) for cell in row.find_all(["td", "th"])]
