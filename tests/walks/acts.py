"""What people do in several walks: ask for a role, decide by the emailed link, look at My Profile, withdraw."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Locator, expect

from tests.walks.stack import Mailbox
from tests.walks.visitor import Visitor

Visit = Callable[..., Visitor]
BANNER = ("Role Request Submitted", "Your approval status will be emailed to you after your request is reviewed.")
MDS, IQAN, BILLING = "MDS Extract Data API Access", "State Agency - iQAN CLIA User", "State Agency - CLIA Billing User"
ALABAMA, FLORIDA = ("loretta.simmons", "wesley.tran"), ("marisol.fuentes", "andre.baptiste")
BLUE_RIDGE = ("carolyn.stuart", "jamal.pettway")


@dataclass(frozen=True)
class Walk:
    """One request.

    `officials`: for each approval, everybody who is asked, the first decides; `grants`: the titles under User Roles
    on My Profile once all approvals are given.
    """

    user_id: str
    category: str
    role: str
    step3: Callable[[Visitor], None]
    officials: tuple[tuple[str, ...], ...] = ()
    pending: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    disciplines: bool = False


def nothing(_visitor: Visitor) -> None:
    """STEP 3 is left as it is."""


def in_state(state: str) -> Callable[[Visitor], None]:
    def choose_state(visitor: Visitor) -> None:
        visitor.select("State", state)

    return choose_state


def blue_ridge(visitor: Visitor) -> None:
    visitor.page.locator("select[name=mac]").select_option(label="Blue Ridge Medicare Administrators")


def of_state(user_id: str, role: str, state: str, *officials: str) -> Walk:
    return Walk(user_id, "State Agency", role, in_state(state), (officials,))


def mac_reports(user_id: str) -> Walk:
    return Walk(user_id, "Contractor", "MAC Reports", blue_ridge, (BLUE_RIDGE,))


def reach_step_3(visitor: Visitor, category: str, role: str) -> None:
    """From the Welcome page to Add Organizations."""
    visitor.sees("Welcome to iQIES")
    visitor.press("Request User Role")
    visitor.sees("STEP 1")
    visitor.sees_heading("Select a User Category")
    visitor.choose(category)
    visitor.press("Next")
    visitor.sees("STEP 2")
    visitor.sees_heading("Select a User Role")
    visitor.choose(role)
    visitor.press("Next")
    visitor.sees("STEP 3")
    visitor.sees_heading("Add Organizations")


def request_role(visitor: Visitor, walk: Walk) -> None:
    """From the Welcome page to My Profile with the green banner."""
    reach_step_3(visitor, walk.category, walk.role)
    walk.step3(visitor)
    visitor.press("Submit Request")
    visitor.sees(*BANNER, "User Information", "Pending Requests", walk.role, *walk.pending)


def asked(visit: Visit, mailbox: Mailbox, walk: Walk) -> tuple[Visitor, dict[str, str]]:
    """Requests the role; returns the requester and each official's link."""
    requester = visit(walk.user_id)
    requester.log_in()
    request_role(requester, walk)
    officials = [user_id for group in walk.officials for user_id in group]
    return requester, {user_id: mailbox.wanted(user_id, walk.user_id, walk.role) for user_id in officials}


def approve(official: Visitor, link: str) -> None:
    """From the emailed link to the outcome."""
    official.open(link)
    official.sees_heading("Decide on a role request")
    official.press("Approve", exact=True)
    official.sees_heading("Approve this request?")
    official.press("Yes, approve")
    official.sees_heading("You approved this request")


def my_profile(visitor: Visitor) -> None:
    visitor.open(f"{visitor.stack['request_url']}/my-profile")


def card(visitor: Visitor, role: str) -> Locator:
    """Returns the request for the role on My Profile, pending or past."""
    return visitor.page.locator("article[id^=request-]").filter(has_text=role)


def user_roles(visitor: Visitor) -> list[str]:
    """Returns the titles under User Roles on My Profile."""
    return visitor.page.locator("section[aria-labelledby=user-roles] dd[id^=grant-]").all_inner_texts()


def withdraw(requester: Visitor, role: str) -> None:
    """From My Profile to the request's end, which shows without a reload."""
    my_profile(requester)
    requester.press("Withdraw this request")
    requester.press("Withdraw Request")
    requester.sees("Withdrawal Requested")
    expect(card(requester, role).locator(".cs-tag")).to_have_text("Withdrawn", ignore_case=True)
