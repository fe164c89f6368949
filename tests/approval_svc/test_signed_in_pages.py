"""Pages that depend on who is signed in: links of others, the official's own list, operations."""

from dataclasses import replace
from uuid import uuid4

from werkzeug.test import TestResponse

from approval_svc.app import create_app
from approval_svc.tables import OfficialRow
from tests.approval_svc.browser import LORETTA, World, hidden_fields
from tests.approval_svc.factories import (
    ALABAMA,
    general_user,
    role_requested,
)
from tests.pages import heading, soup, words


def test_somebody_else_who_is_signed_in_is_refused(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    link = world.link(approval.id, loretta.id)
    form = world.browser.get(link)
    world.sign_in(replace(LORETTA, user_id="angela.whitaker", name="Angela Whitaker"))
    page = world.browser.get(link)
    assert page.status_code == 403
    assert "This link was sent to Loretta Simmons. You are logged in as Angela Whitaker" in words(page)
    world.post(f"{link}/confirm", form, decision="approved")
    assert world.state(approval) == "asked"


def test_a_security_official_role_opens_only_to_the_signed_in_official(world: World) -> None:
    margaret = world.official("cms", "cms", "margaret")
    approval = world.routed(role_requested("state-agency-security-official", ALABAMA))
    link = world.link(approval.id, margaret.id)
    page = world.browser.get(link)
    assert heading(page) == "Log in to decide this request"
    assert "Angela" not in page.text
    world.sign_in(replace(LORETTA, user_id="margaret", name="Margaret Osei"))
    assert "This is a Security Official role" in words(world.browser.get(link))


def test_every_link_can_be_made_to_need_sign_in(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    strict = replace(world.settings, link_sign_in="always")
    browser = create_app(strict, world.database).test_client()
    page = browser.get(world.link(approval.id, loretta.id))
    assert heading(page) == "Log in to decide this request"


def test_a_signed_in_official_finds_and_decides_what_waits(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    world.sign_in(LORETTA)
    listed = world.browser.get("/my-approvals")
    assert f"/approvals/{approval.id}" in listed.text
    path = f"/approvals/{approval.id}"
    confirmation = world.post(path, world.browser.get(path), decision="approved")
    assert world.browser.post(f"{path}/confirm", data=hidden_fields(confirmation)).status_code == 303
    assert heading(world.browser.get(path)) == "You approved this request"
    assert "No request waits for your decision" in words(world.browser.get("/my-approvals"))


def test_an_official_goes_to_their_own_requests_and_who_came_by_a_link_to_everything_else_that_waits(
    world: World, loretta: OfficialRow
) -> None:
    link = world.link(world.routed(general_user()).id, loretta.id)
    assert ways(world.browser.get(link), "header .cs-header__log-in") == {"My Approvals": "/my-approvals"}
    world.sign_in(LORETTA)
    shown = ways(world.browser.get("/my-mail"), "nav a")
    assert shown["My Profile"] == f"{world.settings.request_public_url}/my-profile"


def test_who_is_no_official_is_led_back_to_their_own_requests(world: World) -> None:
    world.sign_in(LORETTA)
    for page in ("/my-approvals", "/roles"):
        shown = world.browser.get(page)
        assert "You are not listed as a Security Official" in words(shown)
        assert ways(shown, "main a")["My Profile"].startswith(f"{world.settings.request_public_url}/my-profile")


def ways(page: TestResponse, which: str) -> dict[str, str]:
    """The links of a page by their words."""
    return {each.get_text(): str(each["href"]) for each in soup(page.text).select(which)}


def test_what_somebody_else_decides_does_not_exist(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    assert loretta.user_id
    world.sign_in(replace(LORETTA, user_id="stranger"))
    assert world.browser.get(f"/approvals/{approval.id}").status_code == 404
    assert world.browser.get(f"/approvals/{uuid4()}").status_code == 404


def test_operations_pages_are_for_operations(world: World, loretta: OfficialRow) -> None:
    request = general_user()
    world.routed(request)
    waiting = role_requested("cms-general-user")
    world.routed(waiting)
    paths = ["/operations/unroutable", "/operations/officials", f"/operations/requests/{request.request_id}/explain"]
    world.sign_in(LORETTA)
    assert [world.browser.get(path).status_code for path in paths] == [403, 403, 403]
    world.sign_in(replace(LORETTA, is_operations=True))
    unroutable, officials, explained = (world.browser.get(path) for path in paths)
    assert str(waiting.request_id) in unroutable.text
    assert "Fewer than 2" in words(officials)
    assert "first authority with somebody who may decide" in words(explained)
    assert world.browser.get(f"/operations/requests/{uuid4()}/explain").status_code == 404
    assert loretta.name in words(officials)
