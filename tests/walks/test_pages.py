"""Every page that the walks do not pass, looked at with axe on a desk and on a phone; none scrolls sideways."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from notify_svc.emails import EMAILS
from shared import links
from shared.catalog import the_catalog
from shared.clock import utc_now
from tests.walks.acts import FLORIDA, MDS, Visit, asked, card, mac_reports, my_profile, of_state, reach_step_3
from tests.walks.stack import Mailbox, Stack
from tests.walks.visitor import Visitor

ROLES_BY_STEP_3 = [
    ("State Agency", "State Agency S&C General User"),
    ("State Agency", MDS),
    ("Contractor", "Contract Surveyor"),
    ("Contractor", "Contract Survey Admin"),
    ("Contractor", "CLIA Billing Contractor"),
    ("Contractor", "MAC Reports"),
    ("Provider", "Provider Administrator"),
]


def refused(visitor: Visitor) -> None:
    expect(visitor.page).to_have_title(re.compile("^Error: "))
    expect(visitor.page.locator("#error-summary")).to_be_focused()
    expect(visitor.page.locator(".usa-error-message").first).to_be_visible()


def test_pages_that_everybody_may_open(visit: Visit, stack: Stack) -> None:
    visitor = visit()
    request, identity = stack["request_url"], stack["identity_url"]
    for url in (request, f"{request}/roles", f"{request}/role-finder", f"{request}/role-finder?find=yes"):
        visitor.examine(url)
    for path in ("/login", "/login/help", "/sign-up", "/terms", "/logged-out"):
        visitor.examine(f"{identity}{path}")
    visitor.examine(f"{request}/signed-out")
    for url in (request, identity, stack["approval_url"], stack["notify_url"]):
        visitor.examine(f"{url}/nowhere")
        visitor.sees_heading("Page not found")


def test_the_page_of_every_role(visit: Visit, stack: Stack) -> None:
    visitor = visit()
    for role in the_catalog().roles:
        visitor.examine(f"{stack['request_url']}/roles/{role.id}")
        visitor.sees_heading(role.name)


def test_a_form_that_waited_too_long(visit: Visit, stack: Stack) -> None:
    visitor = visit()
    visitor.open(f"{stack['identity_url']}/login")
    visitor.page.context.clear_cookies()
    visitor.send_unfinished()
    visitor.sees_heading("This page has expired")
    visitor.look_twice()


def test_the_account_and_leaving_it(visit: Visit, stack: Stack) -> None:
    visitor = visit("rosa.lind")
    visitor.log_in()
    visitor.examine(f"{stack['identity_url']}/account")
    visitor.sees_heading("Account")
    visitor.examine(f"{stack['identity_url']}/logout")
    visitor.sees_heading("Do you want to log out?")
    visitor.examine(f"{stack['approval_url']}/my-approvals")


@pytest.mark.parametrize(("category", "role"), ROLES_BY_STEP_3, ids=[role for _, role in ROLES_BY_STEP_3])
def test_every_kind_of_step_3_with_its_errors(visit: Visit, category: str, role: str) -> None:
    visitor = visit("uma.castell")
    visitor.log_in()
    reach_step_3(visitor, category, role)
    visitor.look_twice()
    visitor.send_unfinished()
    refused(visitor)
    visitor.look_twice()


def test_steps_1_and_2_with_their_errors(visit: Visit) -> None:
    visitor = visit("uma.castell")
    visitor.log_in()
    visitor.press("Request User Role")
    for before in (None, "CMS"):
        if before:
            visitor.choose(before)
            visitor.press("Next")
        visitor.look_twice()
        visitor.press("Next")
        refused(visitor)
        visitor.look_twice()
    visitor.choose("iQAN Provider Type Admin")
    visitor.press("Next")
    refused(visitor)
    visitor.look_twice()


def test_my_profile_and_withdrawing(visit: Visit, mailbox: Mailbox) -> None:
    visitor, _ = asked(visit, mailbox, mac_reports("tomas.reyes"))
    my_profile(visitor)
    visitor.look_twice()
    visitor.press("Withdraw this request")
    visitor.look_twice()
    visitor.press("Withdraw Request")
    expect(card(visitor, "MAC Reports").locator(".cs-tag")).to_have_text("Withdrawn", ignore_case=True)
    my_profile(visitor)
    visitor.look_twice()


def test_pages_of_operations(visit: Visit, mailbox: Mailbox, stack: Stack) -> None:
    requester, _ = asked(visit, mailbox, of_state("quentin.moss", MDS, "Florida", *FLORIDA))
    request_id = str(card(requester, MDS).get_attribute("id")).removeprefix("request-")
    visitor = visit("operations.desk")
    visitor.log_in()
    operations = f"{stack['approval_url']}/operations"
    simulated = f"{operations}/deadlines?role=state-agency-sc-general-user&organization=AL&from=2026-11-21T19:30"
    for url in (
        operations,
        f"{operations}?request=x",
        f"{operations}/officials",
        f"{operations}/unroutable",
        f"{operations}/deadlines?role=&from=x",
        simulated,
    ):
        visitor.examine(url)
    visitor.examine(f"{operations}/requests/{request_id}/explain")
    visitor.sees("Marisol Fuentes")
    visitor.examine(f"{stack['notify_url']}/?state=lost")
    visitor.examine(f"{stack['notify_url']}/?request={request_id}")
    visitor.page.locator("main tbody a").first.click()
    visitor.look_twice()
    visitor.examine(f"{stack['notify_url']}/templates")
    for name in EMAILS:
        visitor.examine(f"{stack['notify_url']}/templates/{name}")


def test_the_mailbox(visit: Visit, mailbox: Mailbox, stack: Stack) -> None:
    asked(visit, mailbox, mac_reports("viktor.hale"))
    visitor = visit()
    visitor.examine(stack["mailbox_url"])
    visitor.examine(f"{stack['mailbox_url']}/?to=nobody.at.all")
    visitor.examine(f"{stack['mailbox_url']}/?to={stack.email('viktor.hale')}")
    visitor.page.locator("main a[href*='/mails/']").first.click()
    expect(visitor.page.locator("h1")).to_contain_text("Request received: MAC Reports")
    visitor.look_twice()


def test_links_that_decide_nothing(visit: Visit, mailbox: Mailbox, stack: Stack, tmp_path: Path) -> None:
    """A state without officials: its request goes to CMS, then to a new official, who turns out to be the requester."""

    def import_official(email: str) -> None:
        file = tmp_path / "officials.csv"
        file.write_text(
            "authority_kind,organization_id,user_id,name,email,phone,time_zone\n"
            f"state,VT,stella.marsh,Stella Marsh,{email},202-555-0177,America/New_York\n"
        )
        stack.countersign("officials", "import", str(file))

    _, of_cms = asked(visit, mailbox, of_state("wanda.frost", MDS, "Vermont", "margaret.osei"))
    import_official(stack.email("stella.marsh"))
    of_vermont = mailbox.wanted("stella.marsh", "wanda.frost", MDS)
    visitor = visit()

    def opens(link: str, heading: str) -> None:
        visitor.examine(link)
        visitor.sees_heading(heading)
        expect(visitor.page.locator("main")).not_to_contain_text("Wanda Frost")

    opens(of_cms["margaret.osei"], "This request is not waiting for you")
    opens(expired(of_vermont, stack), "This link has expired")
    opens(f"{of_vermont}x", "This link does not work")
    import_official(stack.email("wanda.frost"))
    opens(of_vermont, "You cannot decide on your own request")
    stack.countersign("officials", "remove", "state", "VT", "stella.marsh")
    opens(of_vermont, "You no longer decide this request")


def expired(link: str, stack: Stack) -> str:
    """Returns the same official's link to the same request, with its time over."""
    found = re.search(r"^LINK_SIGNING_KEYS=(.+)$", Path(stack["settings_file"]).read_text(), re.MULTILINE)
    assert found, "the stack's settings name no key for links"
    keys = found[1].strip().split(",")
    base, _, token = link.rpartition("/decide/")
    said = links.read(keys, token)
    over = utc_now() - timedelta(hours=1)
    return base + links.path(
        links.mint(keys, approval_id=said.approval_id, official_id=said.official_id, expires_at=over)
    )
