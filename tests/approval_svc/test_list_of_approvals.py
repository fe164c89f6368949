"""My Approvals as a list: what waits for somebody, with age and deadline; found, paged and selected without scripts."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from approval_svc.domain.approvals import Way
from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.tables import ApprovalRow, OfficialRow
from approval_svc.use_cases.hand_over import hand_over
from shared.clock import format_instant
from tests.approval_svc.browser import LORETTA, World
from tests.approval_svc.factories import ALABAMA, LIFETIME, general_user, role_requested
from tests.approval_svc.many import PATH, add_waiting, choose, ids, listed, person, requested, ticked
from tests.approval_svc.waiting import due, run_in_time
from tests.pages import heading, soup, words


@pytest.fixture(autouse=True)
def signed_in(world: World, loretta: OfficialRow) -> None:
    world.sign_in(LORETTA)


def test_the_oldest_is_first_with_its_age(world: World) -> None:
    for number, days in ((1, 1), (2, 5), (3, 3)):
        asked_at = world.now - timedelta(days=days)
        world.routed(general_user(requester=person(number), submitted_at=asked_at))
    page = world.browser.get(PATH)
    assert listed(page) == ["Person 002", "Person 003", "Person 001"]
    assert "3 requests wait for your decision, the oldest first." in words(page)
    assert "5 days ago" in words(page)


def test_the_list_says_until_when_in_the_readers_zone(world: World) -> None:
    world.routed(general_user())
    end = due(world.database, DeadlineKind.EXPIRY)
    assert format_instant(end, world.settings.display_zone) in words(world.browser.get(PATH))
    world.sign_in(replace(LORETTA, zone="Pacific/Guam"))
    assert format_instant(end, ZoneInfo("Pacific/Guam")) in words(world.browser.get(PATH))


def test_only_what_waits_for_the_person_is_listed(world: World) -> None:
    requested(world, 1)
    nanook = world.official("state", "AK", "nanook")
    world.routed(
        role_requested("state-agency-sc-general-user", replace(ALABAMA, id="AK", name="Alaska"), requester=person(7))
    )
    assert listed(world.browser.get(PATH)) == ["Person 000"]
    world.sign_in(replace(LORETTA, user_id=nanook.user_id))
    assert listed(world.browser.get(PATH)) == ["Person 007"]
    world.sign_in(replace(LORETTA, user_id="stranger"))
    assert "You are not listed as a Security Official" in words(world.browser.get(PATH))


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("angela", ["Angela Whitaker"]),
        ("whit ANG", ["Angela Whitaker"]),
        ("angela.whitaker", ["Angela Whitaker"]),
        ("clia", ["Person 100% (Sure)"]),
        ("100%", ["Person 100% (Sure)"]),
        ("n_e", []),
        ("%", ["Person 100% (Sure)"]),
        ("nobody", []),
    ],
)
def test_requests_are_found_by_requester_and_by_role(world: World, search: str, found: list[str]) -> None:
    world.routed(general_user())
    sure = replace(person(1), name="Person 100% (Sure)")
    world.routed(role_requested("state-agency-iqan-clia-user", ALABAMA, requester=sure))
    page = world.browser.get(PATH, query_string={"search": search})
    assert listed(page) == found
    assert "2 requests wait for your decision" in words(page)
    assert "Show all 2" in words(page)


def test_requests_are_found_by_role_and_by_organization(world: World) -> None:
    world.official("cms", "cms", "loretta", name="Loretta Simmons")
    world.routed(general_user(requester=person(1)))
    world.routed(role_requested("state-agency-security-official", ALABAMA, requester=person(2)))
    world.routed(role_requested("cms-general-user", requester=person(3)))

    def found(**query: str) -> list[str]:
        return listed(world.browser.get(PATH, query_string=query))

    assert found(role="state-agency-security-official") == ["Person 002"]
    assert found(organization="state:AL") == ["Person 001", "Person 002"]
    assert found(organization="national") == ["Person 003"]
    assert found(organization="state:AL", role="cms-general-user") == []
    choices = [str(each["value"]) for each in soup(world.browser.get(PATH)).select("#organization option")]
    assert choices == ["", "state:AL", "national"]


def test_what_was_escalated_to_somebody_is_marked_and_found(world: World) -> None:
    margaret = world.official("cms", "cms", "margaret")
    world.now -= timedelta(days=35)
    world.routed(general_user(submitted_at=world.now, requester=person(1)))
    run_in_time(world.database, due(world.database, DeadlineKind.ESCALATION))
    world.now += timedelta(days=35)
    world.routed(role_requested("state-agency-security-official", ALABAMA, requester=person(2)))
    assert listed(world.browser.get(f"{PATH}?coming=asked")) == ["Person 001"]
    assert listed(world.browser.get(f"{PATH}?coming=escalated")) == []
    world.sign_in(replace(LORETTA, user_id=margaret.user_id))
    page = world.browser.get(f"{PATH}?coming=escalated")
    assert listed(page) == ["Person 001"]
    assert "Escalated to you" in str(soup(page).select("tbody"))
    assert listed(world.browser.get(f"{PATH}?coming=asked")) == ["Person 002"]


def test_what_was_handed_over_to_somebody_is_marked_and_found(world: World, loretta: OfficialRow) -> None:
    marcus = world.official("state", "AL", "marcus", name="Marcus Hill")
    nina = world.official("state", "AL", "nina")
    margaret = world.official("cms", "cms", "margaret")
    two = requested(world, 2)
    with world.database.transaction() as session:
        for approval, giver, receiver in ((two[1], marcus, loretta), (two[0], marcus, margaret)):
            way = Way(signed_in_as=giver.user_id)
            values: dict[str, Any] = {"always_sign_in": False, "at_most": LIFETIME, "now": world.now}
            hand_over(session, approval.id, giver.id, receiver.user_id, "You know her.", way, **values)

    def found(official: OfficialRow, coming: str) -> list[str]:
        world.sign_in(replace(LORETTA, user_id=official.user_id))
        return listed(world.browser.get(f"{PATH}?coming={coming}"))

    assert (found(loretta, "handed-over"), found(loretta, "asked")) == (["Person 001"], ["Person 000"])
    assert (found(nina, "handed-over"), found(nina, "asked")) == ([], ["Person 000", "Person 001"])
    assert (found(margaret, "handed-over"), found(margaret, "escalated")) == (["Person 000"], [])
    assert "Handed over by Marcus Hill" in words(world.browser.get(PATH))


def test_what_somebody_decides_in_the_place_of_another_is_marked_and_found(world: World) -> None:
    two = requested(world, 2)
    with world.database.transaction() as session:
        (asking,) = session.get_one(ApprovalRow, two[0].id).askings
        asking.acts_for = [{"official": str(asking.official_id), "name": "Marcus Hill"}]
    page = world.browser.get(f"{PATH}?coming=acting")
    assert listed(page) == ["Person 000"]
    assert "For Marcus Hill" in words(page)
    assert listed(world.browser.get(f"{PATH}?coming=asked")) == ["Person 001"]


def test_what_expires_soon_is_marked_and_found(world: World) -> None:
    requested(world, 1)
    world.now -= timedelta(days=35)
    world.routed(general_user(submitted_at=world.now, requester=person(9)))
    page = world.browser.get(f"{PATH}?coming=due-soon")
    assert listed(page) == ["Person 009"]
    assert "Expires soon" in words(page)
    assert words(world.browser.get(PATH)).count("Expires soon") == 1


@pytest.mark.parametrize(
    "query", ["coming=late", "organization=AL", "page=0", "page=x", "selected=some", "search=" + "x" * 101]
)
def test_what_the_list_cannot_look_for_is_said(world: World, query: str) -> None:
    requested(world, 1)
    page = world.browser.get(f"{PATH}?{query}")
    assert page.status_code == 422
    assert "There is a problem" in words(page)
    answer = world.post(f"{PATH}/confirm?{query}&selected=all", world.browser.get(PATH), act="approve")
    assert answer.status_code == 422


def test_pages_hold_fifty_and_keep_what_is_looked_for(world: World, loretta: OfficialRow) -> None:
    with world.database.transaction() as session:
        add_waiting(session, loretta, 120, world.now)
    first = world.browser.get(f"{PATH}?search=person")
    assert listed(first) == [f"Person {each:03}" for each in range(50)]
    assert "page 1 of 3" in words(first)
    following = [str(each["href"]) for each in soup(first).select("nav[aria-label=Pages] a")]
    assert len(following) == 1
    assert listed(world.browser.get(following[0])) == [f"Person {each:03}" for each in range(50, 100)]
    assert "search=person" in following[0]
    beyond = world.browser.get(f"{PATH}?page=9")
    assert listed(beyond) == [f"Person {each:03}" for each in range(100, 120)]


def test_all_of_a_page_and_all_that_were_found_are_selected_by_links(world: World, loretta: OfficialRow) -> None:
    with world.database.transaction() as session:
        add_waiting(session, loretta, 70, world.now)
    links = {
        each.get_text(): str(each["href"])
        for each in soup(world.browser.get(f"{PATH}?search=person 0")).select("#list p a")
    }
    page = world.browser.get(links["Select all 50 on this page"])
    assert len(ticked(page)) == 50
    everything = world.browser.get(links["Select all 70 that were found"])
    assert "All 70 are selected, on every page." in words(everything)
    shown = [str(each["value"]) for each in soup(everything).select("input[name=shown]")]
    query = links["Select all 70 that were found"].removeprefix(PATH).partition("#")[0]
    assert heading(choose(world, "approve", ticked(everything), query, shown=shown)) == "Approve 70 requests?"
    assert heading(choose(world, "approve", shown[:49], query, shown=shown)) == "Approve 69 requests?"


def test_all_that_were_found_are_no_more_than_were_looked_for(world: World) -> None:
    requested(world, 12)
    confirmation = choose(world, "approve", [], "?search=person.01&selected=all")
    assert heading(confirmation) == "Approve 2 requests?"
    back = soup(confirmation).find("a", string="Go back and change")
    assert back is not None
    assert listed(world.browser.get(str(back["href"]))) == ["Person 010", "Person 011"]


def test_a_mistake_below_the_list_keeps_its_ticks(world: World) -> None:
    two = requested(world, 2)
    page = choose(world, "abolish", ids(two[1:]))
    assert (page.status_code, ticked(page)) == (422, ids(two[1:]))
