"""What operations find: the landing page, the look-up of a request, and whom nobody stands for."""

from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from approval_svc.tables import OfficialRow, RequestRow
from approval_svc.use_cases.mark_unreachable import mark_unreachable
from tests.approval_svc.browser import LORETTA, World
from tests.approval_svc.factories import LIFETIME, MAUMEE, general_user, returned_mail, role_requested
from tests.pages import heading, soup, words


@pytest.fixture
def operations(world: World) -> World:
    world.sign_in(replace(LORETTA, user_id="olu", is_operations=True))
    return world


def without_officials(page: TestResponse) -> dict[str, str]:
    """The organizations that the page says nobody stands for, by the heading of their kind."""
    return {head.get_text(): str(head.find_next("dd")) for head in soup(page).find_all("dt")}


def test_only_operations_reach_the_landing_page(world: World) -> None:
    assert world.browser.get("/operations").status_code == 302
    world.sign_in(LORETTA)
    assert world.browser.get("/operations").status_code == 403
    assert "Operations" not in words(world.browser.get("/my-approvals"))


def test_the_landing_page_leads_to_everything_that_operations_look_at(operations: World) -> None:
    operations.routed(role_requested("cms-general-user"))
    assert 'href="/operations"' in operations.browser.get("/my-approvals").text
    page = operations.browser.get("/operations")
    assert heading(page) == "Operations"
    assert "Unroutable requests : 1 now" in words(page)
    for path in ("/operations/unroutable", "/operations/officials"):
        assert f'href="{path}"' in page.text
        back = soup(operations.browser.get(path)).select_one(".usa-breadcrumb a")
        assert back is not None
        assert back["href"] == "/operations"


def test_operations_come_to_the_other_sites_and_to_the_notice_that_did_not_arrive(
    operations: World, loretta: OfficialRow
) -> None:
    landing = operations.browser.get("/operations").text
    notify, request = operations.settings.notify_public_url, operations.settings.request_public_url
    for url in (f"{notify}/", f"{notify}/operations/dead-letters", f"{request}/operations/dead-letters"):
        assert f'href="{url}"' in landing
    failed = replace(returned_mail(operations.routed(general_user()), loretta.user_id), permanent=False)
    with operations.database.transaction() as session:
        mark_unreachable(session, failed, LIFETIME, operations.now)
    page = operations.browser.get("/operations/addresses")
    assert f'href="{notify}/notices/{failed.notice_id}"' in page.text


def test_a_request_for_a_role_that_left_the_catalog_says_so(operations: World) -> None:
    approval = operations.routed(role_requested("cms-general-user"))
    assert "not in the catalog any more" not in words(operations.browser.get("/operations/unroutable"))
    with operations.database.transaction() as session:
        session.get_one(RequestRow, approval.request_id).role_id = "abolished-role"
    assert "not in the catalog any more" in words(operations.browser.get("/operations/unroutable"))
    assert operations.browser.get(f"/operations/requests/{approval.request_id}/explain").status_code == 200


def test_a_request_is_explained_by_its_id(operations: World, loretta: OfficialRow) -> None:
    request = general_user()
    operations.routed(request)
    page = operations.browser.get("/operations", query_string={"request": f" {request.request_id} "})
    assert page.status_code == 303
    assert loretta.name in operations.browser.get(page.location).text


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ("", 422, "Enter the whole id of the request"),
        ("<b>12", 422, "Enter the whole id of the request"),
        ("86b33e50-5034-4bd5-98d4-08501a1f278d", 404, "No request with this id has come here"),
    ],
)
def test_an_id_that_leads_nowhere_is_told_of_at_its_field(
    operations: World, typed: str, status: int, sentence: str
) -> None:
    page = operations.browser.get("/operations", query_string={"request": typed})
    assert page.status_code == status
    field, message = soup(page).find(id="request"), soup(page).find(id="request-error")
    assert field is not None
    assert message is not None
    assert sentence in message.get_text()
    assert field["value"] == typed
    assert "request-error" in str(field["aria-describedby"])
    assert soup(page).select_one("#error-summary a[href='#request']")


def test_demonstration_rows_are_not_taken_for_organizations_that_lack_officials(operations: World) -> None:
    found = without_officials(operations.browser.get("/operations/officials"))
    assert [head.rpartition(" (")[0] for head in found] == ["States and territories", "Contract organizations"]
    assert "Alabama" in found["States and territories (56)"]


def test_an_organization_is_called_what_its_requests_called_it(operations: World) -> None:
    operations.official("provider", MAUMEE.id, "rosa")
    page = operations.browser.get("/operations/officials")
    assert f"Security Officials of {MAUMEE.id}" in words(page)
    assert not any(head.startswith("Providers") for head in without_officials(page))
    operations.routed(role_requested("provider-administrator", MAUMEE))
    assert f"Security Officials of {MAUMEE.name}" in words(operations.browser.get("/operations/officials"))


def test_an_organization_that_a_request_named_lacks_officials_until_there_is_one(operations: World) -> None:
    operations.official("cms", "cms", "margaret")
    operations.routed(role_requested("provider-administrator", MAUMEE))
    assert MAUMEE.name in without_officials(operations.browser.get("/operations/officials"))["Providers (1)"]
    operations.official("provider", MAUMEE.id, "rosa")
    page = operations.browser.get("/operations/officials")
    assert not any(head.startswith("Providers") for head in without_officials(page))


def test_an_organization_whose_last_official_was_removed_lacks_one(operations: World) -> None:
    operations.official("mac", "novitas", "rosa", active=False, removed_at=operations.now)
    found = without_officials(operations.browser.get("/operations/officials"))
    assert "novitas" in found["Medicare Administrative Contractors (1)"]
