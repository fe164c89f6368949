"""My Absence in the browser: entered, refused at its fields, changed and cancelled; and who acts for whom on pages."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from approval_svc.tables import AbsenceRow, OfficialRow
from approval_svc.use_cases.plan_absence import Wanted, enter_absence
from tests.approval_svc.browser import LORETTA, World, hidden_fields
from tests.approval_svc.factories import LIFETIME, general_user
from tests.pages import heading, words

PATH = "/my-absence"


@pytest.fixture
def margaret(world: World) -> OfficialRow:
    return world.official("cms", "cms", "margaret", name="Margaret Osei")


def day(world: World, days: int) -> str:
    return f"{world.now + timedelta(days=days):%m/%d/%Y}"


def absences(world: World) -> list[AbsenceRow]:
    with world.database.reading() as session:
        return list(session.scalars(select(AbsenceRow)))


def begin(world: World, who: OfficialRow, substitute: OfficialRow) -> None:
    """Lets an absence begin, yesterday by Alabama's clock, that lasts until the day after tomorrow."""
    yesterday = world.now - timedelta(days=1)
    first = yesterday.astimezone(ZoneInfo("America/Chicago")).date()
    with world.database.transaction() as session:
        wanted = Wanted(first_day=first, last_day=first + timedelta(days=3), substitute=substitute.user_id)
        enter_absence(session, who.user_id, wanted, LIFETIME, yesterday)


def test_an_official_enters_an_absence_and_finds_it_in_the_list(
    world: World, loretta: OfficialRow, margaret: OfficialRow
) -> None:
    world.sign_in(LORETTA)
    form = world.browser.get(PATH)
    assert "Margaret Osei, CMS Security Officials" in form.text
    sent = {"first_day": day(world, 10), "last_day": day(world, 20), "substitute": "margaret"}
    saved = world.post(PATH, form, **sent)
    assert saved.status_code == 303
    page = words(world.browser.get(PATH))
    assert "Your absence is saved" in page
    assert f"{sent['first_day']} to {sent['last_day']} Margaret Osei Planned" in page


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(
    world: World, loretta: OfficialRow, margaret: OfficialRow
) -> None:
    world.sign_in(LORETTA)
    form = world.browser.get(PATH)
    page = world.post(PATH, form, first_day="32/13/2026", last_day="tomorrow", substitute="")
    assert page.status_code == 422
    for sentence in ("Enter the first day, such as 12/24/2026", "Enter the last day, such as 12/31/2026"):
        assert page.text.count(sentence) == 2  # in the summary and at its field
    assert 'value="32/13/2026"' in page.text
    assert page.text.count("<title>Error: My Absence") == 1
    page = world.post(PATH, form, first_day="01/02/2020", last_day=day(world, 3), substitute="margaret")
    assert "Enter today or a later day as the first day" in words(page)
    page = world.post(PATH, form, first_day=day(world, 3), last_day=day(world, 4), substitute="loretta")
    assert "nobody acts for themselves" in words(page)
    page = world.post(PATH, form, first_day="12/30/9999", last_day="12/31/9999", substitute="margaret")
    assert page.status_code == 422
    assert absences(world) == []


def test_a_date_as_pickers_send_it_is_taken(world: World, loretta: OfficialRow, margaret: OfficialRow) -> None:
    world.sign_in(LORETTA)
    ahead = (world.now + timedelta(days=10)).date()
    world.post(PATH, world.browser.get(PATH), first_day=str(ahead), last_day=str(ahead), substitute="margaret")
    assert [each.first_day for each in absences(world)] == [ahead]


def test_an_absence_is_changed_and_cancelled(world: World, loretta: OfficialRow, margaret: OfficialRow) -> None:
    world.sign_in(LORETTA)
    sent = {"first_day": day(world, 10), "last_day": day(world, 20), "substitute": "margaret"}
    world.post(PATH, world.browser.get(PATH), **sent)
    one = f"{PATH}/{absences(world)[0].id}"
    page = world.browser.get(one)
    assert f'value="{sent["first_day"]}"' in page.text
    assert world.post(one, page, **sent | {"last_day": day(world, 12)}).status_code == 303
    assert f"{absences(world)[0].last_day:%m/%d/%Y}" == day(world, 12)
    assert world.post(f"{one}/cancel", page).status_code == 303
    again = world.browser.post(f"{one}/cancel", data=hidden_fields(page), follow_redirects=True)
    assert "This absence is over or was cancelled already" in words(again)
    assert absences(world)[0].over_at is not None


def test_the_absence_of_another_does_not_exist(world: World, loretta: OfficialRow, margaret: OfficialRow) -> None:
    begin(world, loretta, margaret)
    world.sign_in(replace(LORETTA, user_id="margaret", name="Margaret Osei"))
    one = f"{PATH}/{absences(world)[0].id}"
    form = world.browser.get(PATH)
    assert "Loretta Simmons" in words(form)  # whom she acts for
    sent = {"first_day": day(world, 10), "last_day": day(world, 20), "substitute": "loretta"}
    assert world.browser.get(one).status_code == 404
    assert world.post(one, form, **sent).status_code == 404
    assert world.post(f"{one}/cancel", form).status_code == 404


def test_who_is_no_official_is_told_so(world: World) -> None:
    world.sign_in(LORETTA)
    assert "You are not listed as a Security Official" in words(world.browser.get(PATH))


def test_the_substitute_reads_in_whose_place_and_so_does_the_outcome(
    world: World, loretta: OfficialRow, margaret: OfficialRow
) -> None:
    begin(world, loretta, margaret)
    approval = world.routed(general_user())
    link = world.link(approval.id, margaret.id)
    page = world.browser.get(link)
    assert "You act in place of Loretta Simmons , who is absent." in words(page)
    confirmation = world.post(link, page, decision="approved")
    assert "You act in place of Loretta Simmons" in words(confirmation)
    world.browser.post(f"{link}/confirm", data=hidden_fields(confirmation))
    outcome = words(world.browser.get(link))
    assert "You decided in place of Loretta Simmons" in outcome
    assert "Margaret Osei for Loretta Simmons approved the request." in outcome
    assert "Approved by Margaret Osei for Loretta Simmons from the emailed link" in outcome
    assert "Put before Margaret Osei for Loretta Simmons" in outcome


def test_a_link_of_the_absent_official_says_that_others_are_asked(
    world: World, loretta: OfficialRow, margaret: OfficialRow
) -> None:
    approval = world.routed(general_user())
    begin(world, loretta, margaret)
    page = world.browser.get(world.link(approval.id, loretta.id))
    assert page.status_code == 410
    assert heading(page) == "You are absent"
    assert "End your absence" in words(page)


def test_the_same_absence_sent_twice_is_one_and_no_mistake(
    world: World, loretta: OfficialRow, margaret: OfficialRow
) -> None:
    world.sign_in(LORETTA)
    form = world.browser.get(PATH)
    sent = {"first_day": day(world, 10), "last_day": day(world, 20), "substitute": "margaret"}
    for _ in range(2):
        assert world.post(PATH, form, **sent).status_code == 303
    assert len(absences(world)) == 1
    assert world.post(PATH, form, **sent | {"last_day": day(world, 21)}).status_code == 422


def test_a_list_that_is_older_than_the_end_of_an_absence_leads_to_no_dead_end(
    world: World, loretta: OfficialRow, margaret: OfficialRow
) -> None:
    begin(world, loretta, margaret)
    world.sign_in(LORETTA)
    one = f"{PATH}/{absences(world)[0].id}"
    form = world.browser.get(one)
    world.post(f"{one}/cancel", form)
    world.browser.get(PATH)
    for method, sent in (("GET", None), ("POST", hidden_fields(form) | {"first_day": "yesterday"})):
        page = world.browser.open(one, method=method, data=sent, follow_redirects=True)
        assert heading(page) == "My Absence"
        assert "This absence is over or was cancelled already" in words(page)
