"""The eleven procedures of the two access job aids, by the words on the screen, to the last mail.

Each walk: the requester's steps, the officials' mail, the decision by its link, the requester's mail and My Profile.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.walks.stack import Mailbox, link_in
from tests.walks.visitor import Visitor

Visit = Callable[..., Visitor]
BANNER = ("Role Request Submitted", "Your approval status will be emailed to you after your request is reviewed.")
NO_ORGANIZATIONS = "This role does not require the addition of organizations."
CMS_OFFICIALS = ("margaret.osei", "daniel.reyes-whitfield")


def nothing(_visitor: Visitor) -> None:
    """The role asks for nothing at STEP 3."""


def alabama(visitor: Visitor) -> None:
    """Access job aid 3.1, step 3.7: select state; do not respond to "Are you a Surveyor?"."""
    visitor.sees("Enter the state for your organization.", "Are you a Surveyor?")
    visitor.select("State", "Alabama")


def contract_surveyor_state(visitor: Visitor) -> None:
    """Access job aid 3.1, steps 4.7 to 4.10."""
    visitor.choose("State")
    visitor.page.locator("select[name=state]").select_option(label="Alabama")
    visitor.choose("University of Colorado")
    visitor.choose("New")


def contract_surveyor_cms(visitor: Visitor) -> None:
    """Access job aid 3.1, steps 5.7 to 5.9: two organizations, existing surveyor with the id twice."""
    visitor.choose("CMS")
    visitor.choose("University of Colorado")
    visitor.choose("Healthcare Management Solutions")
    visitor.choose("Existing")
    visitor.page.locator("input[name=federal_surveyor_id]").fill("12345")
    visitor.page.locator("input[name=confirm_federal_surveyor_id]").fill("12345")


def contract_survey_admin(visitor: Visitor) -> None:
    """Access job aid 3.1, note under 5.5: "Follow the rest of the steps."."""
    visitor.choose("CMS")
    visitor.choose("Ascellon Corporation")
    visitor.choose("New")


def cms_general(visitor: Visitor) -> None:
    """Access job aid 3.1, Figure 32: the question is shown, and not answered."""
    visitor.sees(NO_ORGANIZATIONS, "Are you a Surveyor?", "Skip Question")


def no_organizations(visitor: Visitor) -> None:
    visitor.sees(NO_ORGANIZATIONS)


def ado(visitor: Visitor) -> None:
    """CLIA job aid 1.0, step 5.7."""
    visitor.sees("Select your organization for the CLIA Billing Contractor role.")
    expect(visitor.page.get_by_role("button", name="Submit Request")).to_be_disabled()
    visitor.select("ADO Contractor", "Chesapeake Data Operations")


def florida(visitor: Visitor) -> None:
    """CLIA job aid 1.0, step 7.7."""
    visitor.sees("Enter the state for your organization.", "State Agency Employee ID")
    expect(visitor.page.get_by_role("button", name="Submit Request")).to_be_disabled()
    visitor.select("State", "Florida")


@dataclass(frozen=True)
class Walk:
    """One procedure. `officials`: for each approval, everybody who is asked; the first decides."""

    user_id: str
    category: str
    role: str
    step3: Callable[[Visitor], None]
    officials: tuple[tuple[str, ...], ...]
    pending: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    disciplines: bool = False


WALKS = [
    Walk(
        "sagu.walk",
        "State Agency",
        "State Agency S&C General User",
        alabama,
        (("loretta.simmons", "wesley.tran"),),
        ("State Agency", "Alabama", "Surveyor"),
    ),
    Walk(
        "surveyor.state",
        "Contractor",
        "Contract Surveyor",
        contract_surveyor_state,
        (("loretta.simmons", "wesley.tran"),),
        ("Alabama", "University of Colorado", "Surveyor Disciplines"),
        ("Contract Surveyor - Alabama",),
        disciplines=True,
    ),
    Walk(
        "surveyor.cms",
        "Contractor",
        "Contract Surveyor",
        contract_surveyor_cms,
        (("elena.archuleta", "samuel.kim"), ("gregory.pawlak", "fatima.diallo")),
        ("University of Colorado", "Healthcare Management Solutions", "Surveyor Disciplines"),
        disciplines=True,
    ),
    Walk(
        "survey.admin",
        "Contractor",
        "Contract Survey Admin",
        contract_survey_admin,
        (("nadia.haddad",),),
        ("Ascellon Corporation",),
        disciplines=True,
    ),
    Walk("cms.general", "CMS", "CMS General User", cms_general, (CMS_OFFICIALS,), ("Surveyor",)),
    Walk("cms.viewonly", "CMS", "CMS View Only User", no_organizations, (CMS_OFFICIALS,)),
    Walk("clia.admin", "CMS", "CLIA Admin", no_organizations, (CMS_OFFICIALS,)),
    Walk("clia.billing.admin", "CMS", "CLIA Billing Admin", no_organizations, (CMS_OFFICIALS,)),
    Walk(
        "clia.billing.contractor",
        "Contractor",
        "CLIA Billing Contractor",
        ado,
        (("sandra.kowalczyk", "isaac.boateng"),),
        ("ADO Contractor", "Chesapeake Data Operations"),
    ),
    Walk("clia.billing.user", "CMS", "CLIA Billing User", no_organizations, (CMS_OFFICIALS,)),
    Walk(
        "state.clia.billing",
        "State Agency",
        "State Agency - CLIA Billing User",
        florida,
        (("marisol.fuentes", "andre.baptiste"),),
        ("State Agency", "Florida", "Management Unit", "Work Unit", "No information"),
    ),
]


def request_role(visitor: Visitor, walk: Walk) -> None:
    """From the Welcome page to My Profile with the green banner."""
    visitor.sees("Welcome to iQIES")
    visitor.press("Request User Role")
    visitor.sees("STEP 1")
    visitor.sees_heading("Select a User Category")
    visitor.choose(walk.category)
    visitor.press("Next")
    visitor.sees("STEP 2")
    visitor.sees_heading("Select a User Role")
    visitor.choose(walk.role)
    visitor.press("Next")
    visitor.sees("STEP 3")
    visitor.sees_heading("Add Organizations")
    walk.step3(visitor)
    visitor.press("Submit Request")
    visitor.sees(*BANNER, "User Information", "Pending Requests", walk.role, *walk.pending)


def approve(official: Visitor, link: str) -> None:
    """From the emailed link to the outcome."""
    official.open(link)
    official.sees_heading("Decide on a role request")
    official.press("Approve", exact=True)
    official.sees_heading("Approve this request?")
    official.press("Yes, approve")
    official.sees_heading("You approved this request")


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: f"{walk.role} ({walk.user_id})")
def test_procedure(walk: Walk, visit: Visit, mailbox: Mailbox) -> None:
    requester = visit(walk.user_id)
    requester.log_in()
    request_role(requester, walk)
    mailbox.expect(walk.user_id, f"^Request received: {walk.role}")
    names = [requester.stack.accounts[asked[0]]["name"] for asked in walk.officials]
    for name in names:  # appears without a reload, as soon as routing is done
        requester.sees("Security Official Name", name)

    for asked in walk.officials:
        mails = [mailbox.expect(user_id, f"^Decision wanted: .*{walk.role}") for user_id in asked]
        assert len({link_in(mail) for mail in mails}) == len(asked)
        approve(visit(), link_in(mails[0]))
        for user_id in asked[1:]:
            mailbox.expect(user_id, f"^Already handled: .*{walk.role}")

    mailbox.expect(walk.user_id, f"^Approved: {walk.role}")
    requester.open(f"{requester.stack['request_url']}/my-profile")
    requester.sees("You have no pending role requests.", "User Roles", walk.role, *walk.grants)
    if walk.disciplines:
        choose_discipline(requester, walk)


def choose_discipline(requester: Visitor, walk: Walk) -> None:
    """Access job aid 3.1, steps 4.12 to 4.15."""
    requester.sees(
        "Missing Discipline",
        f"Please select at least 1 primary discipline for the following role(s): {walk.role}",
    )
    while requester.page.get_by_text("Missing Discipline").count():
        requester.press("Edit", exact=True)
        requester.sees("Surveyor Disciplines", "Select all applicable disciplines.")
        requester.choose("Registered Nurse")
        requester.press("Save")
    requester.sees("Registered Nurse")
