"""The decision page tells what the requested role adds to those that the person has today."""

from werkzeug.test import TestResponse

from approval_svc.tables import OfficialRow
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.follow_removal import follow_removal
from shared.contracts import Organization
from tests.approval_svc.browser import World
from tests.approval_svc.factories import ALABAMA, ANGELA, LIFETIME, general_user, grant, removal, role_requested
from tests.pages import soup


def adds(page: TestResponse) -> str:
    section = soup(page.text).select_one("section[aria-labelledby=adds]")
    assert section
    return " ".join(section.get_text(" ").split())


def test_what_was_granted_since_is_not_added_and_what_was_removed_is(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(role_requested("state-agency-assessment-coordinator", ALABAMA))
    link = world.link(approval.id, loretta.id)
    action = "Generate and view reports"
    assert action in adds(world.browser.get(link))
    general = grant(
        ANGELA,
        "state-agency-sc-general-user",
        ALABAMA,
        role_name="State Agency S&C General User",
        extra_privileges=(f"Reports: {action}",),
    )
    with world.database.transaction() as session:
        follow_grant(session, general, LIFETIME, world.now)
    shown = adds(world.browser.get(link))
    assert action not in shown
    assert "Roles that the person has already: State Agency S&C General User (Alabama)." in shown
    with world.database.transaction() as session:
        follow_removal(session, removal(general), LIFETIME, world.now)
    shown = adds(world.browser.get(link))
    assert action in shown
    assert "The person has no role yet." in shown


def test_what_a_person_may_do_for_another_state_is_still_added(world: World, loretta: OfficialRow) -> None:
    florida = Organization(kind="state", id="FL", name="Florida")
    approval = world.routed(general_user(roles_held=("state-agency-sc-general-user",)))
    with world.database.transaction() as session:
        follow_grant(session, grant(ANGELA, "state-agency-sc-general-user", florida), LIFETIME, world.now)
    shown = adds(world.browser.get(world.link(approval.id, loretta.id)))
    assert "View provider details" in shown
    assert "(Florida)" in shown


def test_a_grant_whose_end_was_heard_of_first_counts_for_nothing(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user(roles_held=("state-agency-sc-general-user",)))
    ended = grant(ANGELA, "state-agency-sc-general-user", ALABAMA)
    with world.database.transaction() as session:
        follow_removal(session, removal(ended), LIFETIME, world.now)
        for _ in range(2):
            follow_grant(session, ended, LIFETIME, world.now)
    assert "View provider details" in adds(world.browser.get(world.link(approval.id, loretta.id)))
