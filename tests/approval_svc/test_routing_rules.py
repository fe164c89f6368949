"""Rules of routing and deciding, for any directory, any request and any order of events."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from approval_svc import reference
from approval_svc.domain.approvals import DECIDED, Approval, Decider, State, Verdict, Way
from approval_svc.domain.refusals import RefusedError
from approval_svc.domain.routing import (
    AuthorityId,
    Candidate,
    OrganizationId,
    PassedOver,
    Requester,
    Routing,
    is_same,
    parts,
    route,
)
from shared.catalog import the_catalog

NOW = datetime(2026, 11, 23, tzinfo=UTC)
PEOPLE = ("ann", "ben", "cho", "Ann")
ADDRESSES = ("ann@x.example", "ANN@x.example ", "ben@x.example", "cho@x.example")
ORGANIZATIONS = [OrganizationId(kind=kind, id=number) for kind in ("state", "mac", "provider") for number in "12"]
AUTHORITIES = [AuthorityId(kind=each.kind, id=each.id) for each in ORGANIZATIONS] + [
    AuthorityId(kind=kind, id=kind) for kind in ("cms", "help-desk")
]
CHAINS = sorted({reference.chain_for(rule.role, rule.survey_for) for rule in the_catalog().rules})

candidates = st.builds(
    Candidate,
    official_id=st.uuids(),
    authority=st.sampled_from(AUTHORITIES),
    user_id=st.sampled_from(PEOPLE),
    email=st.sampled_from(ADDRESSES),
    active=st.booleans(),
    reachable=st.booleans(),
)
directories = st.lists(candidates, max_size=12, unique_by=lambda each: each.official_id)
requesters = st.builds(Requester, user_id=st.sampled_from(PEOPLE), email=st.sampled_from(ADDRESSES))
chains = st.sampled_from(CHAINS)
organizations = st.lists(st.sampled_from(ORGANIZATIONS), max_size=4)


def routings_of(
    chain: Sequence[str], named: list[OrganizationId], directory: list[Candidate], requester: Requester
) -> list[Routing]:
    """Returns where each approval of a request goes."""
    return [route(chain, part, directory, requester) for part in parts(chain, named)]


@given(chains, organizations, directories, requesters)
def test_nobody_is_asked_to_decide_on_themselves(
    chain: tuple[str, ...], named: list[OrganizationId], directory: list[Candidate], requester: Requester
) -> None:
    for routing in routings_of(chain, named, directory, requester):
        for step in routing.steps:
            for official in step.eligible:
                assert not is_same(official.user_id, requester.user_id)
                assert not is_same(official.email, requester.email)
                assert official.active
                assert official.reachable


@given(chains, organizations, directories, requesters)
def test_every_approval_has_an_eligible_decider_or_is_unroutable(
    chain: tuple[str, ...], named: list[OrganizationId], directory: list[Candidate], requester: Requester
) -> None:
    routings = routings_of(chain, named, directory, requester)
    assert routings
    for routing in routings:
        everybody = [official for step in routing.steps for official in step.eligible]
        assert (routing.decided_by is None) == (not everybody)
        if routing.decided_by is not None:
            assert routing.decided_by.eligible == next(step.eligible for step in routing.steps if step.eligible)


@given(chains, organizations, directories, requesters)
def test_every_official_of_the_chain_is_either_eligible_or_passed_over_for_a_reason(
    chain: tuple[str, ...], named: list[OrganizationId], directory: list[Candidate], requester: Requester
) -> None:
    for routing in routings_of(chain, named, directory, requester):
        for step in routing.steps:
            theirs = {each.official_id for each in directory if each.authority == step.authority}
            passed = {each.official_id for each, _ in step.passed_over}
            assert passed | {each.official_id for each in step.eligible} == theirs


@given(chains, organizations, directories, requesters)
def test_each_organization_is_decided_on_once_and_by_its_own_officials_or_a_national_body(
    chain: tuple[str, ...], named: list[OrganizationId], directory: list[Candidate], requester: Requester
) -> None:
    routings = routings_of(chain, named, directory, requester)
    assert len({routing.organization for routing in routings}) == len(routings)
    for routing in routings:
        for step in routing.steps:
            own = routing.organization and (step.authority.kind, step.authority.id) == (
                routing.organization.kind,
                routing.organization.id,
            )
            assert own or step.authority.kind in ("cms", "help-desk")


def test_a_requester_with_the_same_address_in_capitals_is_passed_over() -> None:
    authority = AuthorityId(kind="cms", id="cms")
    official = Candidate(official_id=UUID(int=1), authority=authority, user_id="ann2", email="Ann@X.example")
    (routing,) = routings_of(["cms"], [], [official], Requester(user_id="ann", email="ann@x.EXAMPLE"))
    assert routing.steps[0].passed_over == ((official, PassedOver.SAME_EMAIL),)
    assert routing.decided_by is None


LINKS_END = [NOW + timedelta(seconds=number) for number in (-1, 0, 1, 2)]
deciders = st.builds(
    Decider,
    official_id=st.sampled_from([UUID(int=number) for number in range(4)]),
    user_id=st.sampled_from(PEOPLE),
    email=st.sampled_from(ADDRESSES),
    active=st.booleans(),
    newest_link_ends=st.sampled_from(LINKS_END),
    way=st.builds(
        Way,
        link_ends=st.none() | st.sampled_from(LINKS_END),
        signed_in_as=st.none() | st.sampled_from(PEOPLE),
    ),
)
few_candidates = st.lists(
    st.builds(
        Candidate,
        official_id=st.sampled_from([UUID(int=number) for number in range(4)]),
        authority=st.just(AuthorityId(kind="cms", id="cms")),
        user_id=st.sampled_from(PEOPLE),
        email=st.sampled_from(ADDRESSES),
    ),
    max_size=4,
    unique_by=lambda each: each.official_id,
)
events = st.lists(st.one_of(deciders, few_candidates, st.just("withdraw")), max_size=25)


@given(requesters, st.booleans(), events)
def test_no_sequence_of_events_decides_an_approval_twice(
    requester: Requester, needs_sign_in: bool, happened: list[Decider | list[Candidate] | str]
) -> None:
    approval = Approval(state=State.UNROUTABLE, asked=frozenset(), requester=requester, needs_sign_in=needs_sign_in)
    decisions = 0
    for event in happened:
        before = approval
        approval = _after(approval, event, requester)
        decisions += before.state not in DECIDED and approval.state in DECIDED
        if before.state in {*DECIDED, State.WITHDRAWN}:
            assert approval == before
        assert (approval.state == State.ASKED) == bool(approval.asked)
    assert decisions <= 1


@given(requesters, st.booleans(), events, deciders)
def test_whoever_decides_was_asked_is_not_the_requester_and_came_in_time(
    requester: Requester, needs_sign_in: bool, happened: list[Decider | list[Candidate] | str], decider: Decider
) -> None:
    approval = Approval(state=State.UNROUTABLE, asked=frozenset(), requester=requester, needs_sign_in=needs_sign_in)
    for event in happened:
        approval = _after(approval, event, requester)
    if approval.refusal(decider, NOW) is not None:
        return
    assert approval.state == State.ASKED
    assert decider.official_id in approval.asked
    assert decider.active
    assert not is_same(decider.user_id, requester.user_id)
    assert not is_same(decider.email, requester.email)
    assert decider.way.link_ends in (None, decider.newest_link_ends)
    assert decider.way.link_ends is None or decider.way.link_ends > NOW
    assert decider.way.signed_in_as in ((decider.user_id,) if needs_sign_in else (None, decider.user_id))


def test_a_decision_can_be_taken_at_all() -> None:
    """The rules above would hold for a machine that refuses everything."""
    official = Candidate(
        official_id=UUID(int=1), authority=AuthorityId(kind="cms", id="cms"), user_id="ben", email="ben@x.example"
    )
    requester = Requester(user_id="ann", email="ann@x.example")
    approval = Approval(state=State.UNROUTABLE, asked=frozenset(), requester=requester)
    approval = _after(approval, [official], requester)
    decider = Decider(
        official_id=UUID(int=1), user_id="ben", email="ben@x.example", active=True, newest_link_ends=NOW, way=Way()
    )
    assert approval.decided(decider, Verdict.REJECTED, NOW) == replace(
        approval, state=State.REJECTED, asked=frozenset(), decided_by=decider.official_id
    )


def _after(approval: Approval, event: Decider | list[Candidate] | str, requester: Requester) -> Approval:
    if isinstance(event, Decider):
        try:
            return approval.decided(event, Verdict.APPROVED, NOW)
        except RefusedError:
            return approval
    if isinstance(event, list):
        return approval.routed(_routing(event, requester))
    return approval.withdrawn()


def _routing(directory: list[Candidate], requester: Requester) -> Routing:
    (routing,) = routings_of(["cms"], [], directory, requester)
    return routing
