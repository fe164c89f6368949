"""Stories beside the happy path: refusals, two at once, links in wrong hands, a phone, the next authority."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect

from tests.walks.stack import Mailbox, Stack, link_in
from tests.walks.test_job_aids import BANNER, WALKS, Walk, approve, request_role
from tests.walks.visitor import Visitor

Visit = Callable[..., Visitor]
MAC_OFFICIALS = ("carolyn.stuart", "jamal.pettway")


def mac(visitor: Visitor) -> None:
    visitor.page.locator("select[name=mac]").select_option(label="Blue Ridge Medicare Administrators")


def in_state(state: str) -> Callable[[Visitor], None]:
    def choose_state(visitor: Visitor) -> None:
        visitor.select("State", state)

    return choose_state


MAC_REPORTS = Walk("mac.user", "Contractor", "MAC Reports", mac, (MAC_OFFICIALS,))
FLORIDA, ALABAMA = ("marisol.fuentes", "andre.baptiste"), ("loretta.simmons", "wesley.tran")
MDS, IQAN, BILLING = "MDS Extract Data API Access", "State Agency - iQAN CLIA User", "State Agency - CLIA Billing User"


def spare(role: str, state: str, officials: tuple[str, ...]) -> Walk:
    """A request of the spare account; each story has its own role and state, so that stories do not meet."""
    return Walk("spare.requester", "State Agency", role, in_state(state), (officials,))


def asked(visit: Visit, mailbox: Mailbox, walk: Walk) -> tuple[Visitor, dict[str, str]]:
    """Requests the role; returns the requester and each official's link."""
    requester = visit(walk.user_id)
    requester.log_in()
    request_role(requester, walk)
    officials = [user_id for group in walk.officials for user_id in group]
    mails = {user_id: mailbox.expect(user_id, f"^Decision wanted: .*{re.escape(walk.role)}") for user_id in officials}
    return requester, {user_id: link_in(mail) for user_id, mail in mails.items()}


def my_profile(visitor: Visitor) -> None:
    visitor.open(f"{visitor.stack['request_url']}/my-profile")


def withdraw(requester: Visitor) -> None:
    my_profile(requester)
    requester.press("Withdraw this request")
    requester.press("Withdraw Request")
    requester.sees("Role Request Withdrawn")


def test_rejected_with_a_reason_and_a_comment_that_holds_markup(visit: Visit, mailbox: Mailbox) -> None:
    requester, links = asked(visit, mailbox, MAC_REPORTS)
    official = visit()
    official.open(links["carolyn.stuart"])
    official.press("Reject", exact=True)
    official.sees("There is a problem")
    reasons = official.page.locator("select[name=reason] option")
    official.page.locator("select[name=reason]").select_option(index=1)
    reason = reasons.nth(1).inner_text()
    official.page.locator("textarea[name=comment]").fill("Ask <b>your</b> manager & {{ 7*7 }}")
    official.press("Reject", exact=True)
    official.sees_heading("Reject this request?")
    official.press("Yes, reject")
    official.sees_heading("You rejected this request")

    mail = mailbox.expect("mac.user", "^Rejected: MAC Reports")
    for words in (reason, "Ask <b>your</b> manager & {{ 7*7 }}"):
        assert words in " ".join(mail["text"].split())
    assert "<b>your</b>" not in mail["html"]
    my_profile(requester)
    requester.sees("Rejected", reason, "Ask <b>your</b> manager & {{ 7*7 }}")


def test_two_officials_at_once_make_one_decision_and_both_see_it(visit: Visit, mailbox: Mailbox) -> None:
    _, links = asked(visit, mailbox, MAC_REPORTS)
    first, second = visit(), visit()
    for official, user_id in ((first, "carolyn.stuart"), (second, "jamal.pettway")):
        official.open(links[user_id])
        official.press("Approve", exact=True)
    first.press("Yes, approve")
    first.sees_heading("You approved this request")
    second.press("Yes, approve")
    second.sees("This request has been handled already", "Carolyn Stuart approved this request")
    first.open(links["carolyn.stuart"])
    first.sees_heading("You approved this request")
    mailbox.expect("carolyn.stuart", "^Your decision is recorded")


def test_a_second_request_for_a_role_that_one_has_or_awaits_is_refused_with_a_link(visit: Visit) -> None:
    requester = visit("mac.user")
    requester.log_in()
    requester.press("Request User Role")
    requester.choose("Contractor")
    requester.press("Next")
    requester.choose("MAC Reports")
    requester.press("Next")
    mac(requester)
    requester.press("Submit Request")
    requester.sees("This request cannot be submitted")
    requester.press("See it on My Profile")
    requester.sees_heading("My Profile")


def test_another_category_is_refused_in_the_matrix_job_aids_words(visit: Visit) -> None:
    requester = visit("mac.user")
    requester.log_in()
    requester.press("Request User Role")
    requester.choose("CMS")
    requester.press("Next")
    requester.sees("There is a problem", "same category")


def test_withdrawn_requests_end_links_and_tell_the_officials(visit: Visit, mailbox: Mailbox) -> None:
    requester, links = asked(visit, mailbox, spare(MDS, "Florida", FLORIDA))
    official = visit()
    official.open(links["marisol.fuentes"])
    official.press("Approve", exact=True)
    withdraw(requester)
    official.press("Yes, approve")
    official.sees_heading("This request was withdrawn")
    for user_id in ("marisol.fuentes", "andre.baptiste"):
        mailbox.expect(user_id, "withdrew")
    my_profile(requester)
    requester.sees("Withdrawn", "You have no user roles.")


def test_going_back_keeps_what_was_entered_and_a_second_submit_makes_no_second_request(visit: Visit) -> None:
    requester = visit("spare.requester")
    requester.log_in()
    requester.press("Request User Role")
    requester.choose("State Agency")
    requester.press("Next")
    requester.choose("State Agency - iQAN CLIA User")
    requester.press("Next")
    requester.select("State", "Georgia")
    requester.fill("State Agency Employee ID", "GA-77")
    requester.press("Previous")
    expect(requester.page.locator("input[value=state-agency-iqan-clia-user]")).to_be_checked()
    requester.press("Next")
    expect(requester.page.get_by_label("State Agency Employee ID")).to_have_value("GA-77")
    second_tab = Visitor(requester.page.context.new_page(), requester.stack, requester.user_id, scripts=True)
    second_tab.open(requester.page.url)
    requester.press("Submit Request")
    requester.sees(*BANNER)
    second_tab.press("Submit Request")
    second_tab.sees(*BANNER)
    my_profile(requester)
    expect(requester.page.locator("article").filter(has_text="State Agency - iQAN CLIA User")).to_have_count(1)
    withdraw(requester)


def test_a_mail_scanner_that_follows_links_decides_nothing(visit: Visit, mailbox: Mailbox) -> None:
    requester, links = asked(visit, mailbox, spare(MDS, "Alabama", ALABAMA))
    for link in links.values():
        for ask in (requests.get, requests.head):
            assert ask(link, timeout=10).status_code == 200
        assert requests.post(link, timeout=10).status_code in (400, 405)
        assert requests.post(f"{link}/confirm", data={"decision": "approved"}, timeout=10).status_code == 400
    my_profile(requester)
    requester.sees("Pending")
    withdraw(requester)


def test_a_link_in_the_hands_of_somebody_else_who_is_signed_in_is_refused(visit: Visit, mailbox: Mailbox) -> None:
    requester, links = asked(visit, mailbox, spare(IQAN, "Florida", FLORIDA))
    requester.open(f"{requester.stack['approval_url']}/my-approvals")  # signs in at approval_svc too
    requester.open(links["marisol.fuentes"])
    requester.sees("Marisol Fuentes", "Joan Merriweather")
    expect(requester.page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    withdraw(requester)


def test_an_altered_link_says_nothing_about_the_request(visit: Visit, mailbox: Mailbox) -> None:
    requester, links = asked(visit, mailbox, spare(IQAN, "Alabama", ALABAMA))
    stranger = visit()
    stranger.open(links["loretta.simmons"][:-3] + "abc")
    expect(stranger.page.locator("body")).not_to_contain_text("Merriweather")
    withdraw(requester)


def test_a_security_official_role_is_decided_only_after_sign_in(visit: Visit, mailbox: Mailbox) -> None:
    walk = Walk(
        "spare.requester",
        "State Agency",
        "State Agency Security Official for S&C",
        in_state("Florida"),
        (("margaret.osei",),),
    )
    requester, links = asked(visit, mailbox, walk)
    stranger = visit()
    stranger.open(links["margaret.osei"])
    expect(stranger.page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    official = visit("margaret.osei")
    official.open(links["margaret.osei"])
    official.press("Log in")
    official.fill_login(official.stack.accounts["margaret.osei"])
    official.press("Approve", exact=True)
    official.press("Yes, approve")
    official.sees_heading("You approved this request")
    mailbox.expect("spare.requester", "^Approved: State Agency Security Official")

    # The new official is now asked about Florida's requests, but never about her own.
    second = visit("state.clia.billing")
    second.log_in()
    request_role(second, Walk("", "State Agency", "MDS Extract Data API Access", in_state("Florida"), ()))
    mailbox.expect("spare.requester", "^Decision wanted: Carmen Espinoza")
    request_role_again = Walk("", "State Agency", "State Agency - CLIA Billing User", in_state("Florida"), ())
    requester.open(requester.stack["request_url"])
    request_role(requester, request_role_again)
    mailbox.expect("marisol.fuentes", "^Decision wanted: Joan Merriweather asks for State Agency - CLIA Billing User")
    own = [mail for mail in mailbox.mails("spare.requester") if "Decision wanted: Joan" in mail["subject"]]
    assert own == []


def test_decided_in_part_is_one_mail(visit: Visit, mailbox: Mailbox) -> None:
    def two_organizations(visitor: Visitor) -> None:
        visitor.choose("CMS")
        visitor.choose("CertiSurv")
        visitor.choose("ASCT Services")
        visitor.choose("New")

    walk = Walk(
        "clia.billing.contractor",
        "Contractor",
        "Contract Surveyor",
        two_organizations,
        (("yuki.tanabe",), ("thomas.begay",)),
    )
    requester, links = asked(visit, mailbox, walk)
    approve(visit(), links["yuki.tanabe"])
    official = visit()
    official.open(links["thomas.begay"])
    official.page.locator("select[name=reason]").select_option(index=1)
    official.press("Reject", exact=True)
    official.press("Yes, reject")
    mail = mailbox.expect("clia.billing.contractor", "^Decided in part: Contract Surveyor")
    assert "CertiSurv" in mail["text"]
    assert "ASCT Services" in mail["text"]
    my_profile(requester)
    requester.sees("Contract Surveyor - CertiSurv")


def test_without_javascript_on_a_phone(visit: Visit, mailbox: Mailbox) -> None:
    walk = Walk("provider.user", "Provider", "Assessment Submitter", lambda _: None, (("patricia.dubose",),))
    requester = visit(walk.user_id, scripts=False, width=375)
    requester.log_in()
    requester.press("Request User Role")
    requester.choose("Provider")
    requester.press("Next")
    requester.choose("Assessment Submitter")
    requester.press("Next")
    requester.press("Submit Request")
    requester.sees("There is a problem")
    requester.page.locator("input[name=provider_search]").fill("Magnolia")
    requester.press("Search")
    requester.choose("Magnolia Court Nursing Center")
    requester.press("Submit Request")
    requester.sees(*BANNER)
    official = visit(scripts=False, width=375)
    approve(official, link_in(mailbox.expect("patricia.dubose", "^Decision wanted: Tamika Broadnax")))
    mailbox.expect("provider.user", "^Approved")
    my_profile(requester)
    requester.sees("You have no pending role requests.", "Assessment Submitter")


def test_an_organization_without_officials_goes_to_the_next_authority_and_explain_says_why(
    visit: Visit, mailbox: Mailbox, stack: Stack
) -> None:
    def hawaii(visitor: Visitor) -> None:
        visitor.select("State", "Hawaii")

    walk = Walk("spare.requester", "State Agency", "MDS Extract Data API Access", hawaii, (("margaret.osei",),))
    requester, _ = asked(visit, mailbox, walk)
    card = requester.page.locator("article").filter(has_text="MDS Extract Data API Access").first
    request_id = str(card.get_attribute("id")).removeprefix("request-")
    command = [str(Path(sys.executable).parent / "countersign"), "--env-file", stack["settings_file"], "explain"]
    explained = subprocess.run([*command, "--json", request_id], capture_output=True, text=True, check=True).stdout
    assert "margaret.osei" in explained
    assert "Hawaii" in explained
    withdraw(requester)


PUBLIC_PAGES = ["/", "/roles", "/roles/state-agency-sc-general-user", "/role-finder"]


@pytest.mark.parametrize("width", [375, 1280])
def test_public_pages_are_accessible(visit: Visit, stack: Stack, width: int) -> None:
    visitor = visit(width=width)
    for path in PUBLIC_PAGES:
        visitor.open(f"{stack['request_url']}{path}")


@pytest.mark.parametrize("width", [375, 1280])
def test_pages_of_operations_are_accessible(visit: Visit, stack: Stack, width: int) -> None:
    visitor = visit("operations.desk", width=width)
    visitor.log_in()
    for base, path in [
        ("approval_url", "/operations/officials"),
        ("approval_url", "/operations/unroutable"),
        ("notify_url", "/"),
        ("notify_url", "/templates"),
    ]:
        visitor.open(f"{stack[base]}{path}")
        expect(visitor.page.locator("h1")).to_be_visible()


def test_every_walk_has_an_account(stack: Stack) -> None:
    assert {walk.user_id for walk in WALKS} <= set(stack.accounts)


def test_the_role_finder_lists_least_privilege_first(visit: Visit, stack: Stack) -> None:
    visitor = visit()
    visitor.open(f"{stack['request_url']}/role-finder")
    visitor.choose("View survey letters")
    visitor.press("Find roles")
    expect(visitor.page.locator("main")).to_contain_text("CMS View Only User")
