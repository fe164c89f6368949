"""By whose clock a mail says its times: that of the reader's account, which their pages have."""

import re
from datetime import datetime, timedelta

import pytest

from shared.contracts import ExpiryAnnounced, SignedIn
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import MARIA, NOW, approval_requested, official, role_requested
from tests.notify_svc.test_waiting import notice

ZONE = re.compile(r"\d [AP]M (\w+)")
LATER = NOW + timedelta(days=1)


def signs_in(world: World, user_id: str, time_zone: str | None, at: datetime = NOW) -> None:
    world.hears_and_works(SignedIn(user_id=user_id, signed_in_at=at, time_zone=time_zone))


def zones(world: World, address: str) -> set[str]:
    """Returns the names of the zones in the newest mail to that address, in text and HTML."""
    mail = [each for each in world.mailbox.mails if each.recipients == [address]][-1]
    return {*ZONE.findall(mail.part("plain")), *ZONE.findall(mail.part("html"))}


def announced() -> ExpiryAnnounced:
    return notice(approval_requested(official("John Smith")))


def test_requester_and_official_each_read_their_own_clock(world: World) -> None:
    signs_in(world, MARIA.user_id, "Pacific/Honolulu")
    world.hears_and_works(announced())
    assert zones(world, MARIA.email) == {"HST"}
    assert zones(world, "john@alabama.example.gov") == {"CST"}


def test_without_an_organization_it_is_their_own_too(world: World) -> None:
    signs_in(world, MARIA.user_id, "America/Los_Angeles")
    world.hears_and_works(role_requested(organizations=()))
    assert zones(world, MARIA.email) == {"PST"}


def test_the_account_of_an_official_knows_better_than_the_directory(world: World) -> None:
    signs_in(world, "JOHN", "America/Denver")
    world.hears_and_works(announced())
    assert zones(world, "john@alabama.example.gov") == {"MST"}
    assert zones(world, MARIA.email) == {"CST"}


def test_the_newest_sign_in_counts_and_one_that_says_none_changes_nothing(world: World) -> None:
    signs_in(world, MARIA.user_id, "Pacific/Guam", LATER)
    signs_in(world, MARIA.user_id, "America/Denver", NOW)
    signs_in(world, MARIA.user_id, None, LATER)
    world.hears_and_works(announced())
    assert zones(world, MARIA.email) == {"ChST"}
    signs_in(world, MARIA.user_id, "America/Denver", LATER + timedelta(days=1))
    world.hears_and_works(announced())
    assert zones(world, MARIA.email) == {"MST"}


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd"])
def test_a_zone_that_is_none_is_not_kept(world: World, zone: str) -> None:
    signs_in(world, MARIA.user_id, zone)
    world.hears_and_works(announced())
    assert zones(world, MARIA.email) == {"CST"}
