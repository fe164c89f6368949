"""The audit trail of a decision: for who is asked, who decided, and operations; in plain words."""

from datetime import timedelta

from bs4 import Tag
from sqlalchemy import select
from werkzeug.test import TestResponse

from approval_svc.domain.approvals import Way
from approval_svc.tables import OfficialRow
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.mark_unreachable import mark_unreachable
from approval_svc.use_cases.renew_link import renew_link
from approval_svc.use_cases.restore_address import restore_address
from approval_svc.use_cases.withdraw import withdraw
from shared.contracts import Person, RequestWithdrawn
from tests.approval_svc import factories
from tests.approval_svc.browser import LORETTA, World
from tests.approval_svc.factories import (
    ALABAMA,
    COLORADO_UNIVERSITY,
    HEALTH_SURVEYS,
    LIFETIME,
    general_user,
    returned_mail,
    role_requested,
    route,
)
from tests.architecture.journeys import OPERATIONS
from tests.pages import soup, words

LORETTA_AS_HOLDER = Person(user_id="loretta", name="Loretta Simmons", email="loretta@x.example")


def trail(page: TestResponse) -> list[dict[str, str]]:
    """The rows of the table, by heading."""
    table = soup(page).select_one("table[aria-labelledby=trail]")
    assert isinstance(table, Tag)
    rows = table.select("tbody tr")
    return [{str(cell["data-label"]): cell.get_text(" ", strip=True) for cell in row.select("th, td")} for row in rows]


def test_who_is_asked_sees_what_happened_to_the_approval(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    lines = trail(world.browser.get(world.link(approval.id, loretta.id)))
    assert [line["What happened"] for line in lines] == ["The request came in", "Put before Loretta Simmons"]
    assert lines[0]["Who"] == "Countersign, for Angela Whitaker"
    assert lines[0]["When"].endswith(("CST", "CDT")), "the time is that of the official's zone"


def test_a_decision_says_who_made_it_and_by_which_way(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    link = world.link(approval.id, loretta.id)
    world.post(f"{link}/confirm", world.browser.get(link), decision="approved")
    last = trail(world.browser.get(link))[-1]
    assert last["What happened"] == "Approved by Loretta Simmons from the emailed link"
    assert (last["Who"], last["From where"]) == ("Loretta Simmons", "Emailed link")


def test_a_decision_of_who_signed_in_says_so(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    world.sign_in(LORETTA)
    path = f"/approvals/{approval.id}"
    world.post(f"{path}/confirm", world.browser.get(path), decision="rejected", reason="not-needed")
    last = trail(world.browser.get(path))[-1]
    assert last["What happened"] == "Rejected by Loretta Simmons signed in, without a link"
    assert (last["Who"], last["From where"]) == ("Loretta Simmons", "Web page")
    assert loretta.name == "Loretta Simmons"


def test_officials_see_no_network_address_and_operations_do(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    link = world.link(approval.id, loretta.id)
    world.post(f"{link}/confirm", world.browser.get(link), decision="approved")
    assert "127.0.0.1" not in words(world.browser.get(link))
    world.sign_in(OPERATIONS)
    lines = trail(world.browser.get(f"/operations/requests/{approval.request_id}/explain"))
    assert lines[-1]["From where"] == "Emailed link, from 127.0.0.1"
    assert lines[-1]["For"] == "Alabama"
    assert lines[0]["For"] == "The whole request"


def test_an_official_sees_nothing_of_another_organizations_approval(world: World) -> None:
    rosa = world.official("contract-organization", COLORADO_UNIVERSITY.id, "rosa")
    world.official("contract-organization", HEALTH_SURVEYS.id, "hugo")
    request = role_requested("contract-surveyor", COLORADO_UNIVERSITY, HEALTH_SURVEYS, survey_for="cms")
    with world.database.transaction() as session:
        approvals = route(session, request, world.now)
        mine = next(each for each in approvals if each.organization_id == COLORADO_UNIVERSITY.id)
    said = [line["What happened"] for line in trail(world.browser.get(world.link(mine.id, rosa.id)))]
    assert said == ["The request came in", "Put before Rosa"]
    world.sign_in(OPERATIONS)
    lines = trail(world.browser.get(f"/operations/requests/{request.request_id}/explain"))
    assert {line["What happened"] for line in lines} == {"The request came in", "Put before Rosa", "Put before Hugo"}


def test_a_withdrawal_names_the_requester_for_whom_it_was_made(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    with world.database.transaction() as session:
        withdraw(session, RequestWithdrawn(request_id=approval.request_id, withdrawn_at=world.now), world.now)
    lines = trail(world.browser.get(world.link(approval.id, loretta.id)))[-2:]
    assert [line["What happened"] for line in lines] == [
        "Withdrawal was asked for",
        "Closed, because the request was withdrawn",
    ]
    assert all(line["Who"] == "Countersign, for Angela Whitaker" for line in lines)


def test_a_request_that_nobody_can_decide_and_a_new_link_are_told(world: World) -> None:
    request = general_user()
    approval = world.routed(request)
    with world.database.transaction() as session:
        grant = factories.grant(LORETTA_AS_HOLDER, "state-agency-security-official", ALABAMA)
        follow_grant(session, grant, LIFETIME, world.now)
        loretta_id = session.scalars(select(OfficialRow.id)).one()
    later = world.now + LIFETIME + timedelta(hours=1)
    with world.database.transaction() as session:
        renew_link(session, approval.id, loretta_id, Way(link_ends=world.now), LIFETIME, later)
    world.sign_in(OPERATIONS)
    lines = trail(world.browser.get(f"/operations/requests/{approval.request_id}/explain"))
    assert [line["What happened"] for line in lines[1:]] == [
        "Nobody could decide it",
        "Put before Loretta Simmons",
        "A new link was mailed to Loretta Simmons",
    ]


def test_why_an_approval_went_to_others_and_came_back_is_told(world: World, loretta: OfficialRow) -> None:
    margaret = world.official("cms", "cms", "margaret")
    approval = world.routed(general_user())
    with world.database.transaction() as session:
        mark_unreachable(session, returned_mail(approval, "loretta"), LIFETIME, world.now)
    said = [line["What happened"] for line in trail(world.browser.get(world.link(approval.id, margaret.id)))]
    assert said[2:] == ["Mail does not reach Loretta Simmons", "Now before Margaret"]
    with world.database.transaction() as session:
        restore_address(session, loretta.id, LIFETIME, world.now)
    world.sign_in(OPERATIONS)
    lines = trail(world.browser.get(f"/operations/requests/{approval.request_id}/explain"))
    assert [line["What happened"] for line in lines[4:]] == [
        "Mail reaches Loretta Simmons again",
        "Now before Loretta Simmons",
    ]
    assert {line["For"] for line in lines[1:]} == {"Alabama"}
