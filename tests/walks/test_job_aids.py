"""The eleven procedures of the two access job aids, by the words on the screen, to the last mail.

Each walk: the requester's steps, the officials' mail, the decision by its link, the requester's mail and My Profile.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.walks.acts import (
    ALABAMA,
    FLORIDA,
    Visit,
    Walk,
    approve,
    my_profile,
    request_role,
    user_roles,
)
from tests.walks.stack import Mailbox, Stack
from tests.walks.visitor import Visitor

NO_ORGANIZATIONS = "This role does not require the addition of organizations."
CMS_OFFICIALS = ("margaret.osei", "daniel.reyes-whitfield")


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


def of_cms(user_id: str, role: str, step3: Callable[[Visitor], None], *pending: str) -> Walk:
    return Walk(user_id, "CMS", role, step3, (CMS_OFFICIALS,), pending, grants=(role,))


WALKS = [
    Walk(
        "sagu.walk",
        "State Agency",
        "State Agency S&C General User",
        alabama,
        (ALABAMA,),
        ("State Agency", "Alabama", "Surveyor"),
        ("State Agency S&C General User - Alabama",),
    ),
    Walk(
        "surveyor.state",
        "Contractor",
        "Contract Surveyor",
        contract_surveyor_state,
        (ALABAMA,),
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
        ("Contract Surveyor - University of Colorado", "Contract Surveyor - Healthcare Management Solutions"),
        disciplines=True,
    ),
    Walk(
        "survey.admin",
        "Contractor",
        "Contract Survey Admin",
        contract_survey_admin,
        (("nadia.haddad",),),
        ("Ascellon Corporation",),
        ("Contract Survey Admin - Ascellon Corporation",),
        disciplines=True,
    ),
    of_cms("cms.general", "CMS General User", cms_general, "Surveyor"),
    of_cms("cms.viewonly", "CMS View Only User", no_organizations),
    of_cms("clia.admin", "CLIA Admin", no_organizations),
    of_cms("clia.billing.admin", "CLIA Billing Admin", no_organizations),
    Walk(
        "clia.billing.contractor",
        "Contractor",
        "CLIA Billing Contractor",
        ado,
        (("sandra.kowalczyk", "isaac.boateng"),),
        ("ADO Contractor", "Chesapeake Data Operations"),
        ("CLIA Billing Contractor - Chesapeake Data Operations",),
    ),
    of_cms("clia.billing.user", "CLIA Billing User", no_organizations),
    Walk(
        "state.clia.billing",
        "State Agency",
        "State Agency - CLIA Billing User",
        florida,
        (FLORIDA,),
        ("State Agency", "Florida", "Management Unit", "Work Unit", "No information"),
        ("State Agency - CLIA Billing User - Florida",),
    ),
]


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: f"{walk.role} ({walk.user_id})")
def test_procedure(walk: Walk, visit: Visit, mailbox: Mailbox) -> None:
    requester = visit(walk.user_id)
    requester.log_in()
    request_role(requester, walk)
    mailbox.expect(walk.user_id, f"Request received: {walk.role}")
    for group in walk.officials:  # appears without a reload, as soon as routing is done
        requester.sees("Security Official Name", requester.stack.name(group[0]))

    told = f"{requester.stack.name(walk.user_id)}, {walk.role}"
    for group in walk.officials:
        links = [mailbox.wanted(user_id, walk.user_id, walk.role) for user_id in group]
        assert len(set(links)) == len(group)
        approve(visit(), links[0])
        mailbox.expect(group[0], f"Your decision is recorded: approved, {told}")
        for user_id in group[1:]:
            mailbox.expect(user_id, f"Already handled: {told}")

    mailbox.expect(walk.user_id, f"Approved: {walk.role}")
    my_profile(requester)
    requester.sees("You have no pending role requests.")
    assert sorted(user_roles(requester)) == sorted(walk.grants)
    if walk.disciplines:
        choose_disciplines(requester, walk)


def choose_disciplines(requester: Visitor, walk: Walk) -> None:
    """Access job aid 3.1, steps 4.12 to 4.15, for each of the roles."""
    requester.sees(
        "Missing Discipline",
        f"Please select at least 1 primary discipline for the following role(s): {walk.role}",
    )
    roles = requester.page.locator("article[id^=grant-]")
    for title in walk.grants:
        role = roles.filter(has_text=title)
        expect(role).to_contain_text("No information")
        role.get_by_role("link", name="Edit", exact=True).click()
        requester.sees("Surveyor Disciplines", "Select all applicable disciplines.")
        requester.choose("Registered Nurse")
        requester.press("Save")
        expect(roles.filter(has_text=title)).to_contain_text("Registered Nurse")
    expect(requester.page.get_by_text("Missing Discipline")).to_have_count(0)


def test_every_walk_has_an_account_that_the_readme_can_name(stack: Stack) -> None:
    demonstration = {account["user_id"] for account in stack["accounts"]}
    assert {walk.user_id for walk in WALKS} <= demonstration
