"""Who is asked when officials are absent or hand over, for any directory and any request."""

from collections.abc import Iterable
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval_svc.domain.assignment import Assigned, Away, Handover, assign, assigned
from approval_svc.domain.routing import (
    AuthorityId,
    Candidate,
    OrganizationId,
    PassedOver,
    Requester,
    Routing,
    is_same,
    route,
)
from tests.approval_svc.test_routing_rules import chains, directories, requesters

ALABAMA = AuthorityId(kind="state", id="AL")
CMS = AuthorityId(kind="cms", id="cms")
HELP_DESK = AuthorityId(kind="help-desk", id="help-desk")
CHAIN = ("state", "cms", "help-desk")
MARIA = Requester(user_id="maria", email="maria@x.example")

away = st.builds(
    Away, user_id=st.sampled_from(("ann", "ben", "cho")), substitute=st.sampled_from(("ann", "ben", "cho"))
)
absences = st.lists(away, max_size=3, unique_by=lambda each: each.user_id)


def official(number: int, user_id: str, authority: AuthorityId = ALABAMA, **differs: bool) -> Candidate:
    return Candidate(
        official_id=UUID(int=number), authority=authority, user_id=user_id, email=f"{user_id}@x.example", **differs
    )


JOHN, ANN = official(1, "john"), official(2, "ann")
CARL, DORA, HUGO = official(3, "carl", CMS), official(4, "dora", CMS), official(5, "hugo", HELP_DESK)


def routing(*directory: Candidate, requester: Requester = MARIA) -> Routing:
    return route(CHAIN, OrganizationId(kind="state", id="AL"), directory, requester)


def names(asked: Iterable[Assigned]) -> list[str]:
    return [" for ".join((each.candidate.user_id, *[absent.user_id for absent in each.acts_for])) for each in asked]


def handed(giver: Candidate, receiver: Candidate) -> Handover:
    return Handover(giver=giver.official_id, receiver=receiver.official_id)


def is_away(user_id: str, substitute: str) -> Away:
    return Away(user_id=user_id, substitute=substitute)


# ── for anything that may be ─────────────────────────────────────────────────────────────────────────

states = st.sampled_from([OrganizationId(kind="state", id=number) for number in "12"])


@given(chains, states, directories, requesters, absences, st.integers(0, 3), st.data())
def test_nobody_is_asked_who_may_not_decide_and_never_nobody_while_somebody_may(
    chain: tuple[str, ...],
    organization: OrganizationId,
    directory: list[Candidate],
    requester: Requester,
    absent: list[Away],
    level: int,
    data: st.DataObject,
) -> None:
    routed = route(chain, organization, directory, requester)
    ids = [each.official_id for each in directory] or [UUID(int=1)]
    either = st.sampled_from(ids)
    handovers = data.draw(st.lists(st.builds(Handover, giver=either, receiver=either), max_size=3))
    asked = assigned(routed, level, absent, handovers) if routed.steps else ()
    eligible = {each.official_id for step in routed.steps for each in step.eligible}
    assert {each.official_id for each in asked} <= eligible
    assert not any(is_same(each.candidate.user_id, requester.user_id) for each in asked)
    assert not any(is_same(each.candidate.email, requester.email) for each in asked)
    assert bool(asked) == bool(eligible)
    people = [each.candidate.user_id.casefold() for each in asked]
    assert len(people) == len(set(people))


@given(chains, states, directories, requesters, st.integers(0, 3))
def test_without_absences_and_handovers_it_is_what_routing_says(
    chain: tuple[str, ...], organization: OrganizationId, directory: list[Candidate], requester: Requester, level: int
) -> None:
    routed = route(chain, organization, directory, requester)
    if not routed.steps:
        return
    plain = assign(routed)
    assert [each.candidate for each in plain.asked(level)] == list(routed.asked(level))
    assert plain.above(level) == routed.above(level)
    assert not any(each.acts_for for each in plain.asked(level))


@given(chains, states, directories, requesters, absences, st.integers(0, 3))
def test_the_absent_are_asked_only_when_nobody_else_could_be(
    chain: tuple[str, ...],
    organization: OrganizationId,
    directory: list[Candidate],
    requester: Requester,
    absent: list[Away],
    level: int,
) -> None:
    routed = route(chain, organization, directory, requester)
    if not routed.steps:
        return
    gone = {each.user_id.casefold() for each in absent}
    present = [each for step in routed.steps for each in step.eligible if each.user_id.casefold() not in gone]
    asked = [each.candidate.user_id.casefold() for each in assigned(routed, level, absent)]
    assert not present or not gone.intersection(asked)


# ── absence ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_colleague_who_is_asked_anyway_acts_for_the_absent_besides() -> None:
    asked = assigned(routing(JOHN, ANN), 0, [is_away("john", "ann")])
    assert names(asked) == ["ann for john"]
    assert asked[0].in_own_right


def test_a_substitute_of_the_next_authority_is_asked_with_the_colleagues_of_the_absent() -> None:
    found = assign(routing(JOHN, ANN, CARL, DORA), [is_away("john", "carl")])
    assert names(found.asked(0)) == ["ann", "carl for john"]
    assert not found.asked(0)[1].in_own_right
    assert found.decided_by is not None
    assert found.decided_by.authority == ALABAMA


def test_a_substitute_of_any_other_authority_does_not_act() -> None:
    assert names(assigned(routing(JOHN, CARL, HUGO), 0, [is_away("john", "hugo")])) == ["carl"]


def test_with_a_substitute_who_is_the_requester_the_others_are_asked() -> None:
    ann_asks = Requester(user_id="ann", email="ann@x.example")
    bea = official(6, "bea")
    assert names(assigned(routing(JOHN, ANN, bea, requester=ann_asks), 0, [is_away("john", "ann")])) == ["bea"]


def test_with_a_substitute_who_is_the_requester_and_no_others_the_next_authority_is_asked() -> None:
    ann_asks = Requester(user_id="ann", email="ann@x.example")
    found = assign(routing(JOHN, ANN, CARL, requester=ann_asks), [is_away("john", "ann")])
    assert names(found.asked(0)) == ["carl"]
    assert found.decided_by is not None
    assert found.decided_by.authority == CMS


def test_the_absent_requester_has_nobody_who_acts_for_them() -> None:
    john_asks = Requester(user_id="john", email="john@x.example")
    found = assigned(routing(JOHN, ANN, CARL, requester=john_asks), 0, [is_away("john", "carl")])
    assert names(found) == ["ann"]


@pytest.mark.parametrize("gone", [{"active": False}, {"reachable": False}])
def test_a_substitute_who_cannot_be_asked_leaves_it_to_the_others(gone: dict[str, bool]) -> None:
    found = assign(routing(JOHN, ANN, official(3, "carl", CMS, **gone)), [is_away("john", "carl")])
    assert names(found.asked(0)) == ["ann"]
    assert found.routing.steps[0].passed_over == ((JOHN, PassedOver.AWAY_ALONE),)


def test_a_substitute_who_is_absent_too_is_no_substitute() -> None:
    both = [is_away("john", "ann"), is_away("ann", "carl")]
    assert names(assigned(routing(JOHN, ANN, CARL), 0, both)) == ["carl for ann"]


def test_with_everybody_absent_and_nobody_to_act_the_absent_are_asked_after_all() -> None:
    assert names(assigned(routing(JOHN), 0, [is_away("john", "ann")])) == ["john"]


def test_escalation_passes_a_place_where_only_who_acts_already_would_be_added() -> None:
    found = assign(routing(JOHN, CARL, HUGO), [is_away("john", "carl")])
    assert found.above(0) == 2
    assert names(found.asked(2)) == ["carl for john", "hugo"]


def test_whoever_acts_for_two_is_asked_once() -> None:
    both = [is_away("john", "carl"), is_away("ann", "carl")]
    assert names(assigned(routing(JOHN, ANN, CARL), 0, both)) == ["carl for john for ann"]


# ── handing over ─────────────────────────────────────────────────────────────────────────────────────


def test_what_was_handed_over_is_the_receivers_and_no_more_the_givers() -> None:
    assert names(assigned(routing(JOHN, ANN, CARL), 0, (), [handed(JOHN, CARL)])) == ["ann", "carl"]


def test_what_was_handed_on_is_the_last_receivers() -> None:
    on = [handed(JOHN, CARL), handed(CARL, DORA)]
    assert names(assigned(routing(JOHN, CARL, DORA), 0, (), on)) == ["dora"]


def test_what_was_handed_back_is_the_first_ones_again() -> None:
    assert names(assigned(routing(JOHN, CARL), 0, (), [handed(JOHN, CARL), handed(CARL, JOHN)])) == ["john"]


def test_what_a_receiver_who_left_had_falls_back_to_whom_routing_names() -> None:
    left = official(3, "carl", CMS, active=False)
    assert names(assigned(routing(JOHN, ANN, left), 0, (), [handed(JOHN, CARL)])) == ["john", "ann"]


def test_for_a_receiver_who_is_absent_their_substitute_acts() -> None:
    found = assigned(routing(JOHN, CARL, DORA), 0, [is_away("carl", "dora")], [handed(JOHN, CARL)])
    assert names(found) == ["dora for carl"]


def test_what_the_absent_had_handed_over_does_not_come_to_their_substitute() -> None:
    found = assigned(routing(JOHN, CARL, DORA), 0, [is_away("john", "carl")], [handed(JOHN, DORA)])
    assert names(found) == ["dora"]


def test_escalation_after_handing_over_adds_those_who_are_not_asked_yet() -> None:
    found = assign(routing(JOHN, CARL, HUGO), (), [handed(JOHN, CARL)])
    assert found.above(0) == 2
