"""The page on which operations simulate deadlines: the form, the dates below it, and what it refuses."""

from dataclasses import replace

import pytest

from tests.approval_svc.browser import LORETTA, World
from tests.pages import heading, soup, words

PATH = "/operations/deadlines"
ALABAMA = {"role": "state-agency-sc-general-user", "organization": "AL", "from": "2026-11-23T10:00"}


@pytest.fixture
def operations(world: World) -> World:
    world.sign_in(replace(LORETTA, user_id="olu", is_operations=True))
    return world


def test_the_form_comes_without_an_answer(operations: World) -> None:
    page = operations.browser.get(PATH)
    assert (page.status_code, heading(page)) == (200, "Simulate deadlines")
    assert not soup(page).find("table")
    roles = [str(each["value"]) for each in soup(page).select("#role option")]
    assert "contract-surveyor" in roles
    assert "cms-security-official" not in roles


def test_each_date_is_shown_in_the_organizations_zone_with_whom_mail_goes_to(operations: World) -> None:
    operations.official("state", "AL", "loretta")
    operations.official("cms", "cms", "margaret")
    page = operations.browser.get(PATH, query_string=ALABAMA)
    assert page.status_code == 200
    shown = words(page)
    assert "Time zone America/Chicago" in shown
    assert "2 Wed 11/25/2026 10:00 AM CST Reminder 1 Security Officials of Alabama (1 person)" in shown
    assert "5 Tue 12/01/2026 10:00 AM CST Escalation to CMS Security Officials (1 person)" in shown
    assert "10 Tue 12/08/2026 10:00 AM CST Escalation 2 Operations: an alert, no mail" in shown
    assert "Escalation 3 No mail" in shown
    assert "20 Tue 12/22/2026 10:00 AM CST Expired The requester" in shown
    assert "Thu 11/26/2026 Thanksgiving Day" in shown
    field = soup(page).find(id="from")
    assert field is not None
    assert field["value"] == ALABAMA["from"]


def test_a_weekend_says_from_when_days_are_counted(operations: World) -> None:
    page = operations.browser.get(PATH, query_string=ALABAMA | {"from": "2026-11-21"})
    assert "Counted from 11/23/2026 12:00 AM CST" in words(page)
    assert "Wed 11/25/2026 8:00 AM CST Moved into mail hours from 11/25/2026 12:00 AM CST" in words(page)
    assert "Nobody: the clock starts when a Security Official is named" in words(page)


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"role": ""}, "role", "Select a role"),
        ({"role": "king"}, "role", "No role of the catalog has this id or name"),
        ({"organization": ""}, "organization", "Enter the organization"),
        ({"organization": "<b>XX"}, "organization", "No state or territory with this id or name is known here"),
        ({"from": ""}, "from", "Enter when officials are asked"),
        ({"from": "soon"}, "from", "Enter a date such as 2026-11-23"),
    ],
)
def test_what_cannot_be_simulated_is_told_at_its_field(
    operations: World, typed: dict[str, str], field: str, sentence: str
) -> None:
    page = operations.browser.get(PATH, query_string=ALABAMA | typed)
    assert page.status_code == 422
    message, box = soup(page).find(id=f"{field}-error"), soup(page).find(id=field)
    assert message is not None
    assert box is not None
    assert sentence in message.get_text()
    assert f"{field}-error" in str(box["aria-describedby"])
    assert soup(page).select_one(f"#error-summary a[href='#{field}']")
