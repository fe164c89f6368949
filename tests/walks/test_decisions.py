"""Stories of officials: rejecting, two at once, links in wrong hands, a role that makes an official.

Each story has a newcomer of its own and makes what it needs: it can run alone and in any order.
"""

import requests
from playwright.sync_api import expect

from tests.walks.acts import (
    ALABAMA,
    BILLING,
    BLUE_RIDGE,
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
    request_role,
    user_roles,
)
from tests.walks.stack import Mailbox
from tests.walks.visitor import Visitor

COMMENT = "Ask <b>your</b> manager & {{ 7*7 }}"


def reject(official: Visitor) -> str:
    """From the page with both forms to the outcome, with the first reason; returns the reason's words."""
    reasons = official.page.locator("select[name=reason]")
    reasons.select_option(index=1)
    reason = reasons.locator("option").nth(1).inner_text()
    official.press("Reject", exact=True)
    official.sees_heading("Reject this request?")
    official.press("Yes, reject")
    official.sees_heading("You rejected this request")
    return reason


def test_rejected_with_a_reason_and_a_comment_that_holds_markup(visit: Visit, mailbox: Mailbox) -> None:
    requester, links = asked(visit, mailbox, mac_reports("ines.okafor"))
    official = visit()
    official.open(links["carolyn.stuart"])
    official.press("Reject", exact=True)
    official.sees("There is a problem")
    official.page.locator("textarea[name=comment]").fill(COMMENT)
    reason = reject(official)

    mail = mailbox.expect("ines.okafor", "Rejected: MAC Reports")
    for words in (reason, COMMENT):
        assert words in " ".join(mail["text"].split())
    assert "<b>your</b>" not in mail["html"]
    my_profile(requester)
    expect(card(requester, "MAC Reports")).to_contain_text(f"Reason: {reason}")
    expect(card(requester, "MAC Reports")).to_contain_text(COMMENT)
    assert user_roles(requester) == []


def test_two_officials_at_once_make_one_decision_and_both_see_it(visit: Visit, mailbox: Mailbox) -> None:
    _, links = asked(visit, mailbox, mac_reports("bram.visser"))
    first, second = visit(), visit()
    for official, user_id in zip((first, second), BLUE_RIDGE, strict=True):
        official.open(links[user_id])
        official.press("Approve", exact=True)
    first.press("Yes, approve")
    first.sees_heading("You approved this request")
    second.press("Yes, approve")
    second.sees("This request has been handled already", "Carolyn Stuart approved this request")
    first.open(links["carolyn.stuart"])
    first.sees_heading("You approved this request")
    mailbox.expect("carolyn.stuart", "Your decision is recorded: approved, Bram Visser")
    mailbox.expect("jamal.pettway", "Already handled: Bram Visser")


def test_a_mail_scanner_that_follows_links_decides_nothing(visit: Visit, mailbox: Mailbox) -> None:
    requester, links = asked(visit, mailbox, of_state("hana.sato", MDS, "Alabama", *ALABAMA))
    for link in links.values():
        for ask in (requests.get, requests.head):
            assert ask(link, timeout=10).status_code == 200
        assert requests.post(link, timeout=10).status_code == 400
        assert requests.post(f"{link}/confirm", data={"decision": "approved"}, timeout=10).status_code == 400
    my_profile(requester)
    expect(card(requester, MDS).locator(".cs-tag")).to_have_text("Pending", ignore_case=True)
    # The officials can still decide, so nothing was merely late.
    approve(visit(), links["wesley.tran"])


def test_a_link_in_the_hands_of_somebody_else_who_is_signed_in_is_refused(visit: Visit, mailbox: Mailbox) -> None:
    requester, links = asked(visit, mailbox, of_state("imre.kovacs", IQAN, "Florida", *FLORIDA))
    requester.open(f"{requester.stack['approval_url']}/my-approvals")  # signs in at approval_svc too
    requester.open(links["marisol.fuentes"])
    requester.sees("This link was sent to Marisol Fuentes. You are logged in as Imre Kovacs")
    expect(requester.page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)


def test_an_altered_link_says_nothing_about_the_request(visit: Visit, mailbox: Mailbox) -> None:
    _, links = asked(visit, mailbox, of_state("jonas.bakker", IQAN, "Alabama", *ALABAMA))
    stranger = visit()
    stranger.open(links["loretta.simmons"][:-3] + "abc")
    stranger.sees_heading("This link does not work")
    expect(stranger.page.locator("body")).not_to_contain_text("Bakker")


def test_a_security_official_role_is_decided_only_after_sign_in_and_makes_an_official(
    visit: Visit, mailbox: Mailbox
) -> None:
    role = "State Agency Security Official for S&C"
    requester, links = asked(visit, mailbox, of_state("katya.orlova", role, "Georgia", "margaret.osei"))
    official = visit("margaret.osei")
    official.open(links["margaret.osei"])
    official.sees_heading("Log in to decide this request")
    expect(official.page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    official.press("Log in")
    official.fill_login(official.stack.accounts["margaret.osei"])
    official.press("Approve", exact=True)
    official.press("Yes, approve")
    official.sees_heading("You approved this request")
    mailbox.expect("katya.orlova", f"Approved: {role}")

    # The new official is asked about Georgia's requests from now on, but never about her own.
    asked(visit, mailbox, of_state("luis.ferrer", MDS, "Georgia", "katya.orlova", "denise.calloway"))
    requester.open(requester.stack["request_url"])
    request_role(requester, Walk("katya.orlova", "State Agency", BILLING, in_state("Georgia")))
    mailbox.wanted("denise.calloway", "katya.orlova", BILLING)
    assert [mail for mail in mailbox.mails("katya.orlova") if "Decision wanted: Katya" in mail["subject"]] == []


def test_decided_in_part_is_one_mail(visit: Visit, mailbox: Mailbox) -> None:
    def two_organizations(visitor: Visitor) -> None:
        visitor.choose("CMS")
        visitor.choose("CertiSurv")
        visitor.choose("ASCT Services")
        visitor.choose("New")

    walk = Walk(
        "mina.park", "Contractor", "Contract Surveyor", two_organizations, (("yuki.tanabe",), ("thomas.begay",))
    )
    requester, links = asked(visit, mailbox, walk)
    approve(visit(), links["yuki.tanabe"])
    official = visit()
    official.open(links["thomas.begay"])
    reject(official)
    mail = mailbox.expect("mina.park", "Decided in part: Contract Surveyor")
    assert "CertiSurv" in mail["text"]
    assert "ASCT Services" in mail["text"]
    my_profile(requester)
    assert user_roles(requester) == ["Contract Surveyor - CertiSurv"]
