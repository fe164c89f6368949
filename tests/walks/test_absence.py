"""The story of an absence: the official goes away, their substitute decides, and everybody reads both names."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.walks.acts import IQAN, Visit, asked, card, my_profile, of_state, user_roles
from tests.walks.stack import Mailbox, Stack
from tests.walks.visitor import PHONE, Visitor

WALTER = "state,WY,walter.bright,Walter Bright,walter.bright@newcomers.example,202-555-0191,America/Denver"
HEADER = "authority_kind,organization_id,user_id,name,email,phone,time_zone"
BOTH = "Margaret Osei for Walter Bright"


def signed_in(official: Visitor, page: str) -> None:
    """Opens a page of approval_svc, which leads to the login page first."""
    official.open(f"{official.stack['approval_url']}/{page}")
    official.fill_login(official.stack.accounts[str(official.user_id)])


def enter_absence(official: Visitor, substitute: str) -> None:
    """From the empty form to the list, for today and the week that follows."""
    today = datetime.now(ZoneInfo("America/Denver")).date()
    official.fill("First day", f"{today - timedelta(days=1):%m/%d/%Y}")
    official.fill("Last day", f"{today + timedelta(days=7):%m/%d/%Y}")
    official.select("Who acts for you", substitute)
    official.press("Save")
    official.sees("There is a problem", "Enter today or a later day as the first day")
    official.fill("First day", f"{today:%m/%d/%Y}")
    official.press("Save")
    official.sees("Your absence is saved", "Begun")


def test_the_official_is_absent_and_the_substitute_decides(stack: Stack, visit: Visit, mailbox: Mailbox) -> None:
    (stack.directory / "wyoming.csv").write_text(f"{HEADER}\n{WALTER}\n")
    stack.countersign("officials", "import", str(stack.directory / "wyoming.csv"))
    requester, links = asked(visit, mailbox, of_state("asta.lindqvist", IQAN, "Wyoming", "walter.bright"))
    walter = visit("walter.bright", width=PHONE)
    signed_in(walter, "my-absence")
    enter_absence(walter, "Margaret Osei, CMS Security Officials")
    walter.open(links["walter.bright"])
    expect(walter.page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)

    my_profile(requester)
    expect(card(requester, IQAN)).to_contain_text(BOTH)
    margaret = visit("margaret.osei")
    signed_in(margaret, "my-approvals")
    margaret.page.get_by_role("link", name="Asta Lindqvist").click()
    margaret.sees("You act in place of Walter Bright, who is absent.")
    margaret.press("Approve", exact=True)
    margaret.sees("You act in place of Walter Bright")
    margaret.press("Yes, approve")
    margaret.sees_heading("You approved this request")
    margaret.sees("You decided in place of Walter Bright.", f"Approved by {BOTH}")

    assert BOTH in mailbox.expect("asta.lindqvist", f"Approved: {IQAN}")["text"]
    assert "In place of: Walter Bright" in mailbox.expect("margaret.osei", receipt())["text"]
    my_profile(requester)
    expect(card(requester, IQAN)).to_contain_text(f"Approved by {BOTH}")
    assert user_roles(requester) != []
    walter.open(f"{stack['approval_url']}/my-absence")
    walter.press("Change or cancel")
    walter.press("Cancel the absence")
    walter.sees("Your absence is cancelled")


def receipt() -> str:
    return "Your decision is recorded: approved, Asta Lindqvist"
