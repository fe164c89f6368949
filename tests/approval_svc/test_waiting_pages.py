"""What pages tell of deadlines: until when an official may decide, what became of an approval, what operations see."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.tables import ApprovalRow, OfficialRow
from approval_svc.use_cases.reminding import fresh_links
from shared.clock import format_instant
from tests.approval_svc.browser import LORETTA, World
from tests.approval_svc.factories import general_user
from tests.approval_svc.waiting import due, run_in_time, the_approval
from tests.architecture.journeys import OPERATIONS
from tests.pages import heading, soup, words

CHICAGO = ZoneInfo("America/Chicago")


def waiting(world: World) -> ApprovalRow:
    """A request that Loretta was asked about five weeks ago, before any tick."""
    world.now -= timedelta(days=35)
    return world.routed(general_user(submitted_at=world.now))


def ticked_until(world: World, kind: DeadlineKind, step: int = 1) -> datetime:
    end = due(world.database, kind, step)
    run_in_time(world.database, end)
    return end


def test_the_decision_page_says_until_when_in_the_officials_zone(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user(submitted_at=world.now))
    end = due(world.database, DeadlineKind.EXPIRY)
    page = words(world.browser.get(world.link(approval.id, loretta.id)))
    assert f"It expires on {format_instant(end, CHICAGO)} if nobody decides before." in page
    assert "others are asked too" not in page  # there is nobody above
    world.official("cms", "cms", "margaret")
    others = due(world.database, DeadlineKind.ESCALATION)
    page = words(world.browser.get(world.link(approval.id, loretta.id)))
    assert f"Decide by {format_instant(others, CHICAGO)}; then others are asked too. It expires on" in page


def test_my_approvals_shows_each_deadline(world: World, loretta: OfficialRow) -> None:
    world.routed(general_user(submitted_at=world.now))
    world.sign_in(LORETTA)
    end, first = due(world.database, DeadlineKind.EXPIRY), due(world.database, DeadlineKind.ESCALATION)
    (cell,) = soup(world.browser.get("/my-approvals")).select("td[data-label='Decide by']")
    zone = world.settings.display_zone
    assert cell.get_text(" ", strip=True) == f"{format_instant(first, zone)} Expires {format_instant(end, zone)}"


def test_the_link_of_an_expired_approval_shows_that_it_ended(world: World, loretta: OfficialRow) -> None:
    approval = waiting(world)
    ticked_until(world, DeadlineKind.EXPIRY)
    page = world.browser.get(world.link(approval.id, loretta.id))
    assert (page.status_code, heading(page)) == (200, "This request has expired")
    assert "Nobody decided in time" in words(page)
    assert "and its audit trail" in words(page), "a link that is over says where to find the rest"


def test_every_link_since_the_first_mail_opens_the_request_and_none_from_before_it_was_asked_anew(
    world: World, loretta: OfficialRow
) -> None:
    def opens(path: str) -> bool:
        return world.browser.get(path).status_code == 200

    approval = world.routed(general_user(submitted_at=world.now))
    first = world.link(approval.id, loretta.id)
    with world.database.transaction() as session:
        asking = the_approval(session).askings[0]
        later = world.now + timedelta(days=2)
        fresh_links(the_approval(session), timedelta(days=30), later)
        assert asking.oldest_link_ends is not None
    newer = world.link(approval.id, loretta.id, days=32)
    between = world.link(approval.id, loretta.id, days=31)
    assert [opens(each) for each in (first, between, newer)] == [True, True, True]
    assert not opens(world.link(approval.id, loretta.id, days=29))
    with world.database.transaction() as session:
        the_approval(session).askings[0].oldest_link_ends = None  # as when the official is asked anew
    assert [opens(each) for each in (first, newer)] == [False, True]


def test_after_escalation_each_official_decides_for_their_own_authority(world: World, loretta: OfficialRow) -> None:
    margaret = world.official("cms", "cms", "margaret")
    approval = waiting(world)
    ticked_until(world, DeadlineKind.ESCALATION)
    world.sign_in(LORETTA)
    assert "for the Security Officials of Alabama" in words(world.browser.get(f"/approvals/{approval.id}"))
    world.browser.delete_cookie("session")
    world.sign_in(replace(LORETTA, user_id="margaret", name=margaret.name))
    assert "for the CMS Security Officials" in words(world.browser.get(f"/approvals/{approval.id}"))


def test_operations_see_what_nobody_decides_with_those_who_were_asked(world: World, loretta: OfficialRow) -> None:
    waiting(world)
    world.sign_in(OPERATIONS)
    assert "No request has gone unanswered by everybody" in words(world.browser.get("/operations/stuck"))
    ticked_until(world, DeadlineKind.ESCALATION)  # there is no other authority with anybody in it
    page = words(world.browser.get("/operations/stuck"))
    assert "Angela Whitaker" in page
    assert "Loretta Simmons" in page
    assert "Requests that nobody decides : 1 now" in words(world.browser.get("/operations")).replace(
        "decides:", "decides :"
    )


def test_the_explanation_says_who_was_asked_besides(world: World, loretta: OfficialRow) -> None:
    world.official("cms", "cms", "margaret")
    approval = waiting(world)
    ticked_until(world, DeadlineKind.ESCALATION)
    world.sign_in(OPERATIONS)
    page = words(world.browser.get(f"/operations/requests/{approval.request_id}/explain"))
    assert "asked besides, because nobody before it answered in time" in page
    assert "Nobody had answered in time: asked Margaret besides" in page
