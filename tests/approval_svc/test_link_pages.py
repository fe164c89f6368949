"""The pages behind an emailed link, as a browser gets them."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from approval_svc.tables import ApprovalRow, OfficialRow, RequestRow
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.withdraw import withdraw
from shared.contracts import ApprovalDecided, ApprovalRequested, Person, RequestWithdrawn
from tests.approval_svc.browser import World, hidden_fields
from tests.approval_svc.factories import (
    ALABAMA,
    LIFETIME,
    approve,
    general_user,
    grant,
    published,
    reject,
)
from tests.pages import heading, words


def test_the_link_shows_who_asks_for_what_and_what_it_adds(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(
        general_user(surveyor=True, employee_id="AL-204", submitted_at=world.now - timedelta(days=3))
    )
    page = world.browser.get(world.link(approval.id, loretta.id))
    assert page.status_code == 200
    for expected in ("Angela Whitaker", "angela.whitaker", "angela@health.example", "Alabama", "AL-204", "3 days"):
        assert expected in words(page)
    assert "View provider details" in words(page)
    assert "Registered Nurse" in words(page)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"


def test_what_a_person_has_already_is_not_added(world: World, loretta: OfficialRow) -> None:
    held = ("state-agency-sc-general-user",)
    approval = world.routed(general_user(roles_held=held))
    page = world.browser.get(world.link(approval.id, loretta.id))
    assert "gives nothing that the person does not have already" in words(page)


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_a_link_changes_nothing(world: World, loretta: OfficialRow, method: str) -> None:
    approval = world.routed(general_user())
    before = world.rows()
    for path in (world.link(approval.id, loretta.id), world.link(approval.id, loretta.id, days=-1)):
        getattr(world.browser, method)(path)
    assert world.rows() == before


def test_approve_confirm_outcome(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    link = world.link(approval.id, loretta.id)
    confirmation = world.post(link, world.browser.get(link), decision="approved", extra_privileges=["cmpts.edit-notes"])
    assert "You are deciding as Loretta Simmons" in words(confirmation)
    assert "CMPTS: Edit notes" in words(confirmation)
    assert world.state(approval) == "asked"
    done = world.browser.post(f"{link}/confirm", data=hidden_fields(confirmation))
    assert (done.status_code, done.location) == (303, link)
    assert heading(world.browser.get(link)) == "You approved this request"
    assert world.state(approval) == "approved"


def test_a_double_click_makes_one_decision_and_shows_its_outcome(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    link = world.link(approval.id, loretta.id)
    page = world.browser.get(link)
    for decision in ("approved", "rejected"):
        answer = world.post(f"{link}/confirm", page, decision=decision, reason="not-needed")
        assert answer.status_code == 303
    assert heading(world.browser.get(link)) == "You approved this request"
    with world.database.reading() as session:
        assert len(published(session, ApprovalDecided)) == 1


def test_a_post_without_its_form_decides_nothing(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    link = world.link(approval.id, loretta.id)
    answer = world.browser.post(f"{link}/confirm", data={"decision": "approved"})
    assert answer.status_code == 400
    assert world.state(approval) == "asked"


def test_a_rejection_needs_a_reason_and_keeps_what_was_typed(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    link = world.link(approval.id, loretta.id)
    page = world.browser.get(link)
    answer = world.post(link, page, decision="rejected", comment="Call me first")
    assert answer.status_code == 422
    assert "Select a reason for rejecting the request" in words(answer)
    assert "Call me first" in answer.text
    answer = world.post(link, page, decision="rejected", reason="other")
    assert "Enter a comment that gives the reason" in words(answer)
    answer = world.post(f"{link}/confirm", page, decision="rejected", reason="other")
    assert answer.status_code == 422
    assert world.state(approval) == "asked"


def test_going_back_from_the_confirmation_keeps_the_choices(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    link = world.link(approval.id, loretta.id)
    page = world.post(
        link, world.browser.get(link), decision="rejected", reason="not-needed", comment="Later", change="yes"
    )
    assert heading(page) == "Decide on a role request"
    assert 'value="not-needed" selected' in page.text
    assert "Later" in page.text


def test_a_comment_with_html_is_shown_as_typed(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    with world.database.transaction() as session:
        reject(session, approval, loretta, reason="other", comment="<script>alert(1)</script>")
    page = world.browser.get(world.link(approval.id, loretta.id))
    assert "<script>alert(1)" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


def test_the_other_official_learns_who_decided_and_when(world: World, loretta: OfficialRow) -> None:
    marcus = world.official("state", "AL", "marcus")
    approval = world.routed(general_user())
    with world.database.transaction() as session:
        approve(session, approval, loretta)
    page = world.browser.get(world.link(approval.id, marcus.id))
    assert heading(page) == "Loretta Simmons approved this request"
    assert "handled already" in words(page)


def test_a_withdrawn_request_says_so(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    with world.database.transaction() as session:
        withdraw(session, RequestWithdrawn(request_id=approval.request_id, withdrawn_at=world.now), world.now)
    page = world.browser.get(world.link(approval.id, loretta.id))
    assert (page.status_code, heading(page)) == (200, "This request was withdrawn")


def _altered(world: World, approval: ApprovalRow, one: OfficialRow, _other: OfficialRow) -> str:
    link = world.link(approval.id, one.id)
    return link[:-2] + ("aa" if link[-2:] != "aa" else "bb")


def _swapped(world: World, approval: ApprovalRow, one: OfficialRow, other: OfficialRow) -> str:
    mine, theirs = world.link(approval.id, one.id), world.link(approval.id, other.id)
    return mine.rpartition(".")[0] + "." + theirs.rpartition(".")[2]


def _never_asked(world: World, approval: ApprovalRow, _one: OfficialRow, other: OfficialRow) -> str:
    return world.link(approval.id, other.id)


def _unknown(world: World, _approval: ApprovalRow, one: OfficialRow, _other: OfficialRow) -> str:
    return world.link(uuid4(), one.id)


@pytest.mark.parametrize("spoil", [_altered, _swapped, _never_asked, _unknown], ids=lambda each: each.__name__)
def test_a_link_that_is_not_ours_tells_nothing(
    world: World, loretta: OfficialRow, spoil: Callable[[World, ApprovalRow, OfficialRow, OfficialRow], str]
) -> None:
    approval = world.routed(general_user())
    elsewhere = world.official("state", "AK", "elsewhere")
    page = world.browser.get(spoil(world, approval, loretta, elsewhere))
    assert (page.status_code, heading(page)) == (404, "This link does not work")
    assert "Angela" not in page.text


def test_an_expired_link_offers_a_new_one_and_tells_nothing(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    link = world.link(approval.id, loretta.id, days=-1)
    with world.database.transaction() as session:
        session.execute(text("UPDATE askings SET links_expire_at = now() - interval '1 day'"))
    page = world.browser.get(link)
    assert (page.status_code, heading(page)) == (410, "This link has expired")
    assert "Angela" not in page.text
    for _ in range(2):
        assert world.post(f"{link}/new-link", page).status_code == 303
    assert "A new link was mailed to Loretta Simmons" in words(world.browser.get(link))
    with world.database.reading() as session:
        assert len(published(session, ApprovalRequested)) == 2


def test_an_expired_link_decides_nothing(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    page = world.browser.get(world.link(approval.id, loretta.id))
    expired = world.link(approval.id, loretta.id, days=-1)
    assert world.post(f"{expired}/confirm", page, decision="approved").status_code == 303
    assert world.state(approval) == "asked"


def test_a_removed_official_is_told_so(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    with world.database.transaction() as session:
        session.get_one(OfficialRow, loretta.id).active = False
    page = world.browser.get(world.link(approval.id, loretta.id))
    assert (page.status_code, heading(page)) == (410, "You no longer decide this request")
    assert "Angela" not in page.text


def test_who_decided_and_was_removed_since_finds_the_outcome(world: World, loretta: OfficialRow) -> None:
    marcus = world.official("state", "AL", "marcus")
    approval = world.routed(general_user())
    with world.database.transaction() as session:
        approve(session, approval, loretta)
        for official in (loretta, marcus):
            session.get_one(OfficialRow, official.id).active = False
    page = world.browser.get(world.link(approval.id, loretta.id))
    assert (page.status_code, heading(page)) == (200, "You approved this request")
    page = world.browser.get(world.link(approval.id, marcus.id))
    assert (page.status_code, heading(page)) == (410, "You no longer decide this request")


def test_the_requester_cannot_decide_their_own_request(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    with world.database.transaction() as session:
        session.get_one(RequestRow, approval.request_id).requester_email = loretta.email.upper()
    page = world.browser.get(world.link(approval.id, loretta.id))
    assert (page.status_code, heading(page)) == (403, "You cannot decide on your own request")


def test_deciding_late_on_a_stale_confirmation_shows_the_first_decision(world: World, loretta: OfficialRow) -> None:
    marcus = world.official("state", "AL", "marcus")
    approval = world.routed(general_user())
    link = world.link(approval.id, marcus.id)
    confirmation = world.post(link, world.browser.get(link), decision="approved")
    with world.database.transaction() as session:
        reject(session, approval, loretta)
    world.browser.post(f"{link}/confirm", data=hidden_fields(confirmation))
    assert heading(world.browser.get(link)) == "Loretta Simmons rejected this request"
    assert world.state(approval) == "rejected"


def test_a_request_that_moved_to_others_says_so(world: World) -> None:
    margaret = world.official("cms", "cms", "margaret")
    request = general_user()
    approval = world.routed(request)
    joined = grant(Person(user_id="new", name="New", email="new@x.example"), "state-agency-security-official", ALABAMA)
    with world.database.transaction() as session:
        follow_grant(session, joined, LIFETIME, world.now)
    page = world.browser.get(world.link(approval.id, margaret.id))
    assert (page.status_code, heading(page)) == (410, "This request is not waiting for you")
    assert "Angela" not in page.text
