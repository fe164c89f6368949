"""By whose clock an official's pages show their times: the same on each, and that of the mails to them."""

import re
from dataclasses import replace

import pytest

from shared.web.person import SignedIn
from tests.approval_svc.browser import LORETTA, World
from tests.approval_svc.factories import ALABAMA, general_user

ZONE = re.compile(r"\d [AP]M ([A-Z][A-Za-z]*T)\b")
IN_DENVER = replace(LORETTA, zone="America/Denver")


@pytest.mark.parametrize(
    ("directory", "reader", "expected"),
    [
        ("America/Los_Angeles", None, "P"),
        (None, None, "C"),
        ("America/Los_Angeles", LORETTA, "P"),
        (None, IN_DENVER, "M"),
        ("America/Los_Angeles", IN_DENVER, "M"),
    ],
)
def test_the_page_behind_a_link_has_the_clock_of_account_directory_or_organization(
    world: World, directory: str | None, reader: SignedIn | None, expected: str
) -> None:
    loretta = world.official("state", "AL", "loretta", time_zone=directory)
    approval = world.routed(general_user())
    assert ALABAMA.time_zone == "America/Chicago"
    if reader:
        world.sign_in(reader)
    shown = world.browser.get(world.link(approval.id, loretta.id)).get_data(as_text=True)
    assert {zone[0] for zone in ZONE.findall(shown)} == {expected}


def test_list_and_page_show_one_deadline_by_one_clock(world: World) -> None:
    world.official("state", "AL", "loretta", time_zone="America/Los_Angeles")
    approval = world.routed(general_user())
    world.sign_in(IN_DENVER)
    pages = ("/my-approvals", f"/approvals/{approval.id}")
    shown = [world.browser.get(page).get_data(as_text=True) for page in pages]
    assert [{zone[0] for zone in ZONE.findall(page)} for page in shown] == [{"M"}, {"M"}]
