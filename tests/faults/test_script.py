"""What everybody is going to do: the same for a seed, of every kind, and nothing that the forms would refuse."""

from collections import Counter

import pytest

from deploy.faults.people import CATEGORIES, people_for
from deploy.faults.script import Ask, Course, Withdrawal, make_script
from shared.catalog import the_catalog

REQUESTS, SECONDS = 500, 390.0
PEOPLE = people_for(REQUESTS)


def script(seed: int) -> list[Ask]:
    return make_script(the_catalog(), PEOPLE, seed, REQUESTS, SECONDS)


def test_a_seed_gives_the_same_script_and_another_seed_another() -> None:
    assert script(1) == script(1)
    assert script(1) != script(2)


@pytest.mark.parametrize("seed", range(5))
def test_a_run_has_every_kind_of_organization_and_course(seed: int) -> None:
    asks = script(seed)
    parts = [part for ask in asks for part in ask.parts]
    kinds = {"state", "contract-organization", "mac", "ado", "provider", "cms"}
    assert {part.authority.kind for part in parts} == kinds
    assert {part.course for part in parts} == set(Course)
    assert {ask.withdrawal for ask in asks} == set(Withdrawal)
    assert {ask.category for ask in asks} == set(CATEGORIES)
    assert Counter(len(ask.parts) > 1 for ask in asks)[True] >= 10
    roles = {role.id: role for role in the_catalog().roles}
    assert {roles[ask.role_id].official_of for ask in asks} >= {None, "state", "mac", "ado", "provider"}


@pytest.mark.parametrize("seed", range(5))
def test_nobody_asks_twice_for_the_same_and_nobody_leaves_their_category(seed: int) -> None:
    asks = script(seed)
    wanted = [(ask.requester, ask.role_id, ask.option, part.organization) for ask in asks for part in ask.parts]
    assert len(wanted) == len(set(wanted))
    for ask in asks:
        assert ask.requester in PEOPLE.requesters[ask.category]


def test_requests_come_in_the_order_of_their_times_and_end_before_the_run_does() -> None:
    times = [ask.at_seconds for ask in script(1)]
    assert times == sorted(times)
    assert times[-1] < SECONDS


def test_everybody_has_a_name_and_an_address_of_their_own() -> None:
    everybody = {seat.person for seat in PEOPLE.seats} | {one for group in PEOPLE.requesters.values() for one in group}
    assert len({one.name for one in everybody}) == len({one.email for one in everybody}) == len(everybody)


def test_in_a_burst_many_more_ask_than_otherwise() -> None:
    asks = make_script(the_catalog(), PEOPLE, 1, REQUESTS, SECONDS, [(100.0, 120.0), (200.0, 220.0)])
    assert len(asks) == REQUESTS
    assert [ask.at_seconds for ask in asks] == sorted(ask.at_seconds for ask in asks)
    in_burst, before = (sum(begin <= ask.at_seconds < begin + 20 for ask in asks) for begin in (100.0, 80.0))
    assert in_burst > 2 * before > 0


def test_even_many_bursts_leave_a_flow_between_them() -> None:
    asks = make_script(the_catalog(), PEOPLE, 1, 40, SECONDS, [(float(at), at + 1.0) for at in range(20)])
    assert sum(ask.at_seconds > 21 for ask in asks) > 10
