"""Stories of people who ask: refusals, going back, taking a request back, a phone, a keyboard, the next authority.

Each story has a newcomer of its own and makes what it needs: it can run alone and in any order.
"""

import json

from playwright.sync_api import Locator, expect

from tests.walks.acts import (
    BANNER,
    FLORIDA,
    IQAN,
    MDS,
    Visit,
    Walk,
    approve,
    asked,
    card,
    in_state,
    mac_reports,
    my_profile,
    of_state,
    reach_step_3,
    request_role,
    user_roles,
    withdraw,
)
from tests.walks.stack import Mailbox
from tests.walks.visitor import PHONE, Visitor


def test_a_second_request_for_a_role_that_one_awaits_is_refused_with_a_link(visit: Visit) -> None:
    walk = mac_reports("dolores.quinn")
    requester = visit(walk.user_id)
    requester.log_in()
    request_role(requester, walk)
    requester.open(requester.stack["request_url"])
    reach_step_3(requester, walk.category, walk.role)
    walk.step3(requester)
    requester.press("Submit Request")
    requester.sees("This request cannot be submitted", "You already have a pending request for MAC Reports")
    requester.press("See it on My Profile")
    requester.sees_heading("My Profile")
    expect(card(requester, walk.role)).to_have_count(1)
    expect(requester.page).to_have_url(f"{requester.page.url.partition('#')[0]}#{_id(card(requester, walk.role))}")


def _id(element: Locator) -> str:
    return str(element.get_attribute("id"))


def test_another_category_is_refused_in_the_matrix_job_aids_words(visit: Visit) -> None:
    requester = visit("ewan.tait")
    requester.log_in()
    request_role(requester, mac_reports("ewan.tait"))
    requester.open(f"{requester.stack['request_url']}/request-role")
    requester.choose("CMS")
    requester.press("Next")
    requester.sees("There is a problem", "same category")
    requester.sees_heading("Select a User Category")


def test_withdrawn_requests_end_links_and_tell_the_officials(visit: Visit, mailbox: Mailbox) -> None:
    requester, links = asked(visit, mailbox, of_state("farah.nasser", MDS, "Florida", *FLORIDA))
    official = visit()
    official.open(links["marisol.fuentes"])
    official.press("Approve", exact=True)
    withdraw(requester, MDS)
    official.press("Yes, approve")
    official.sees_heading("This request was withdrawn")
    for user_id in FLORIDA:
        mailbox.expect(user_id, f"No decision needed: Farah Nasser withdrew the request for {MDS}")
    my_profile(requester)
    requester.sees("You have no pending role requests.", "You have no user roles.")


def test_going_back_keeps_what_was_entered_and_a_second_submit_makes_no_second_request(visit: Visit) -> None:
    requester = visit("gustav.holm")
    requester.log_in()
    reach_step_3(requester, "State Agency", IQAN)
    requester.select("State", "Florida")
    requester.fill("State Agency Employee ID", "FL-77")
    requester.press("Previous")
    expect(requester.page.locator("input[value=state-agency-iqan-clia-user]")).to_be_checked()
    requester.press("Next")
    expect(requester.page.get_by_label("State Agency Employee ID")).to_have_value("FL-77")
    second_tab = Visitor(requester.page.context.new_page(), requester.stack, requester.user_id, scripts=True)
    second_tab.open(requester.page.url)
    requester.press("Submit Request")
    requester.sees(*BANNER)
    second_tab.press("Submit Request")
    second_tab.sees(*BANNER)
    my_profile(requester)
    expect(card(requester, IQAN)).to_have_count(1)


def test_without_javascript_on_a_phone(visit: Visit, mailbox: Mailbox) -> None:
    role = "Assessment Submitter"
    requester = visit("noor.rahman", scripts=False, width=PHONE)
    requester.log_in()
    reach_step_3(requester, "Provider", role)
    requester.press("Submit Request")
    requester.sees("There is a problem")
    requester.page.locator("input[name=provider_search]").fill("Magnolia")
    requester.press("Search")
    requester.choose("Magnolia Court Nursing Center")
    requester.press("Submit Request")
    requester.sees(*BANNER)
    approve(visit(scripts=False, width=PHONE), mailbox.wanted("patricia.dubose", "noor.rahman", role))
    mailbox.expect("noor.rahman", "Approved: Assessment Submitter")
    requester.page.get_by_role("link", name="My Profile", exact=True).click()
    requester.sees("You have no pending role requests.")
    assert user_roles(requester) == ["Assessment Submitter - Magnolia Court Nursing Center"]
    for link in ("Request User Role", "User Roles", "Role Finder"):
        expect(requester.page.locator("header").get_by_role("link", name=link, exact=True)).to_be_visible()
    requester.page.get_by_role("button", name="Log out", exact=True).click()
    requester.sees_heading("You are logged out")


def test_a_request_and_its_decision_need_no_mouse(visit: Visit, mailbox: Mailbox) -> None:
    requester = visit("petra.novak")
    requester.log_in()
    requester.enter("Request User Role")
    requester.pick("State Agency")
    requester.enter("Next")
    requester.pick(IQAN)
    requester.enter("Next")
    requester.tab_to("State")
    requester.page.keyboard.type("Alabama")
    requester.enter("Submit Request")
    requester.sees(*BANNER)

    official = visit()
    official.open(mailbox.wanted("loretta.simmons", "petra.novak", IQAN))
    official.enter("Approve")
    official.sees_heading("Approve this request?")
    official.enter("Yes, approve")
    official.sees_heading("You approved this request")
    mailbox.expect("petra.novak", f"Approved: {IQAN}")


def test_an_organization_without_officials_goes_to_the_next_authority_and_explain_says_why(
    visit: Visit, mailbox: Mailbox
) -> None:
    walk = Walk("otto.lang", "State Agency", MDS, in_state("Hawaii"), (("margaret.osei",),))
    requester, _ = asked(visit, mailbox, walk)
    request_id = _id(card(requester, MDS)).removeprefix("request-")
    explained = requester.stack.countersign("explain", "--json", request_id)
    assert json.loads(explained)
    assert "margaret.osei" in explained
    assert "Hawaii" in explained


def test_the_role_finder_lists_least_privilege_first(visit: Visit) -> None:
    visitor = visit()
    visitor.open(f"{visitor.stack['request_url']}/role-finder")
    visitor.choose("View survey letters")
    visitor.press("Find roles")
    found = visitor.page.locator("section[aria-labelledby=found] li")
    assert found.locator("h3").all_inner_texts() == [
        "State Agency S&C General User",
        "iQIES Help Desk",
        "CMS View Only User",
        "CMS General User",
    ]
    for entry, more in zip(found.all(), (2, 17, 18, 42), strict=True):
        expect(entry).to_contain_text(f"Also gives {more} more privileges.")
