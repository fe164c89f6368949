"""An official takes an approval back within a day: by link and signed in, as a rule and on the page."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from approval_svc.domain.approvals import State, Verdict, Way
from approval_svc.domain.choices import Choice
from approval_svc.domain.ending import Decided, Ender
from approval_svc.domain.refusals import (
    AlreadyRevokedError,
    LinkExpiredError,
    NotApprovedError,
    NotYoursToEndError,
    OfficialRemovedError,
    OwnRequestError,
    RefusedError,
    RoleEndedError,
    SignInRequiredError,
    SomebodyElseError,
    TooLateToRevokeError,
    UnusableChoiceError,
)
from approval_svc.domain.routing import AuthorityId, Requester
from approval_svc.tables import ApprovalRow, GrantRow, OfficialRow
from approval_svc.use_cases.decide import decide
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.follow_removal import follow_removal
from approval_svc.use_cases.revoke_decision import revoke_decision
from shared.contracts import EndedBecause, RequestDecided, RoleEndOrdered
from shared.db import Database
from tests.approval_svc.browser import LORETTA, World, hidden_fields
from tests.approval_svc.factories import (
    ALABAMA,
    ANGELA,
    COLORADO_UNIVERSITY,
    HEALTH_SURVEYS,
    LIFETIME,
    NOW,
    approve,
    general_user,
    grant,
    official,
    published,
    removal,
    role_requested,
    route,
)
from tests.pages import soup, words

AL = AuthorityId(kind="state", id="AL")
ANN = Ender(user_id="ann", email="ann@x.example", authorities=[AL])
HOUR = timedelta(hours=1)


def approved(**differently: Any) -> Decided:
    values: dict[str, Any] = {
        "state": State.APPROVED,
        "requester": Requester(user_id="angela", email="angela@x.example"),
        "authorities": [AL],
        "decided_at": NOW,
        "revoked_at": None,
    }
    return Decided(**values | differently)


def test_for_a_day_any_official_of_the_authority_may_revoke() -> None:
    assert approved().refusal(ANN, active=True, now=NOW + 24 * HOUR - timedelta(seconds=1)) is None


@pytest.mark.parametrize(
    ("changed", "ender", "active", "hours", "refused"),
    [
        ({}, ANN, True, 24, TooLateToRevokeError),
        ({"state": State.REJECTED}, ANN, True, 1, NotApprovedError),
        ({"state": State.ASKED, "decided_at": None}, ANN, True, 1, NotApprovedError),
        ({"revoked_at": NOW}, ANN, True, 1, AlreadyRevokedError),
        ({"is_over": True}, ANN, True, 1, RoleEndedError),
        ({}, ANN, False, 1, OfficialRemovedError),
        ({"authorities": [AuthorityId(kind="cms", id="cms")]}, ANN, True, 1, NotYoursToEndError),
        ({"requester": Requester(user_id="ANN ", email="other@x.example")}, ANN, True, 1, OwnRequestError),
        ({"requester": Requester(user_id="other", email="Ann@x.example")}, ANN, True, 1, OwnRequestError),
    ],
)
def test_nobody_else_may_and_not_for_longer(
    changed: dict[str, Any], ender: Ender, active: bool, hours: int, refused: type[RefusedError]
) -> None:
    assert isinstance(approved(**changed).refusal(ender, active=active, now=NOW + hours * HOUR), refused)


class Story:
    """Loretta of Alabama approved Angela's request, by the emailed link."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.transaction() as session:
            self.loretta = official(session, "state", "AL", "loretta")
            self.ann = official(session, "state", "AL", "ann")
            official(session, "cms", "cms", "margaret")
            (self.approval,) = route(session, general_user())
        self.decide(self.loretta)

    def decide(self, row: OfficialRow) -> None:
        with self.database.transaction() as session:
            choice = Choice(verdict=Verdict.APPROVED)
            way = Way(signed_in_as=row.user_id)
            decide(session, self.approval.id, row.id, choice, way, always_sign_in=False, now=NOW)

    def revoke(
        self, row: OfficialRow, now: datetime = NOW + HOUR, reason: str | None = "A mistake", **way: Any
    ) -> None:
        with self.database.transaction() as session:
            revoke_decision(session, self.approval.id, row.id, reason, Way(**way), always_sign_in=False, now=now)

    def row(self) -> ApprovalRow:
        with self.database.reading() as session:
            return session.get_one(ApprovalRow, self.approval.id)


@pytest.fixture
def story(approval_database: Database) -> Story:
    return Story(approval_database)


def orders(database: Database) -> list[RoleEndOrdered]:
    with database.reading() as session:
        return published(session, RoleEndOrdered)


def test_who_decided_takes_it_back_and_the_end_of_the_role_is_ordered(story: Story) -> None:
    story.revoke(story.loretta, signed_in_as="loretta")

    (order,) = orders(story.database)
    assert (order.approval_id, order.grant_id) == (story.approval.id, None)
    assert (order.because, order.reason) == (EndedBecause.REVOKED, "A mistake")
    assert (order.ordered_by, order.ordered_by_official) == ("Loretta", story.loretta.id)
    assert order.on_behalf_of == "Security Officials of Alabama"
    row = story.row()
    assert (row.revoked_at, row.revoked_by_name, row.revoked_because) == (NOW + HOUR, "Loretta", "A mistake")


def test_a_colleague_of_the_same_authority_may_too(story: Story) -> None:
    story.revoke(story.ann, signed_in_as="ann")
    assert orders(story.database)[0].ordered_by == "Ann"


def test_a_grant_that_is_known_is_marked_so_that_nobody_orders_its_end_twice(story: Story) -> None:
    with story.database.transaction() as session:
        role = "state-agency-sc-general-user"
        given = grant(ANGELA, role, ALABAMA, request_id=story.approval.request_id)
        follow_grant(session, given, LIFETIME, NOW)
    story.revoke(story.loretta, signed_in_as="loretta")
    with story.database.reading() as session:
        assert session.scalars(select(GrantRow.end_ordered_at)).one() == NOW + HOUR


@pytest.mark.parametrize(("reason", "sentence"), [(None, "Enter a reason"), ("x" * 1001, "Shorten the reason")])
def test_it_takes_a_reason(story: Story, reason: str | None, sentence: str) -> None:
    with pytest.raises(UnusableChoiceError, match=sentence):
        story.revoke(story.loretta, reason=reason, signed_in_as="loretta")
    assert orders(story.database) == []


def test_once_is_enough(story: Story) -> None:
    story.revoke(story.loretta, signed_in_as="loretta")
    with pytest.raises(AlreadyRevokedError):
        story.revoke(story.ann, signed_in_as="ann")
    assert len(orders(story.database)) == 1


def test_somebody_else_in_the_same_browser_may_not(story: Story) -> None:
    with pytest.raises(SomebodyElseError):
        story.revoke(story.loretta, signed_in_as="angela.whitaker")


def test_a_link_that_is_over_takes_nothing_back(story: Story) -> None:
    with pytest.raises(LinkExpiredError):
        story.revoke(story.loretta, link_ends=NOW - HOUR)


def test_a_security_officials_role_wants_sign_in(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        margaret = official(session, "cms", "cms", "margaret")
        (approval,) = route(session, role_requested("state-agency-security-official", ALABAMA))
        session.refresh(approval, ["askings"])
        ends = approval.askings[0].links_expire_at
        way, choice = Way(signed_in_as="margaret"), Choice(verdict=Verdict.APPROVED)
        decide(session, approval.id, margaret.id, choice, way, always_sign_in=False, now=NOW)
    with approval_database.transaction() as session, pytest.raises(SignInRequiredError):
        revoke_decision(
            session, approval.id, margaret.id, "Why", Way(link_ends=ends), always_sign_in=False, now=NOW + HOUR
        )


def test_the_outcome_page_takes_it_back_and_says_so(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    world.sign_in(LORETTA)
    path = f"/approvals/{approval.id}"
    page = world.browser.get(path)
    world.post(f"{path}/confirm", page, decision="approved")

    assert f'href="{path}"' in (approved := world.browser.get("/my-approvals")).text
    assert "You approved lately" in words(approved)
    outcome = world.browser.get(path)
    assert "Revoke the approval" in words(outcome)
    without = world.post(f"{path}/revoke", outcome)
    assert without.status_code == 422
    assert "Enter a reason" in words(without)
    assert world.post(f"{path}/revoke", outcome, reason="Wrong <b>person</b>").status_code == 303

    after = world.browser.get(path)
    assert "The approval was revoked" in words(after)
    assert "Wrong <b>person</b>" in words(after)
    assert soup(after).select("form[action$='/revoke']") == []
    assert "You approved lately" not in words(world.browser.get("/my-approvals"))


def test_whoever_opens_the_link_takes_it_back_there(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    path = world.link(approval.id, loretta.id)
    world.post(f"{path}/confirm", world.browser.get(path), decision="approved")
    outcome = world.browser.get(path)
    assert world.post(f"{path}/revoke", outcome, reason="A mistake").status_code == 303
    assert "The approval was revoked" in words(world.browser.get(path))


def test_what_was_taken_back_before_the_rest_was_decided_is_not_told_as_given(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        carl = official(session, "contract-organization", COLORADO_UNIVERSITY.id, "carl")
        hal = official(session, "contract-organization", HEALTH_SURVEYS.id, "hal")
        request = role_requested("contract-surveyor", COLORADO_UNIVERSITY, HEALTH_SURVEYS, survey_for="cms")
        of = {each.organization_id: each for each in route(session, request)}
        first, last = of[COLORADO_UNIVERSITY.id], of[HEALTH_SURVEYS.id]
        approve(session, first, carl)
        way = Way(signed_in_as="carl")
        revoke_decision(session, first.id, carl.id, "A mistake", way, always_sign_in=False, now=NOW + 2 * HOUR)
        approve(session, last, hal)
        (decided,) = published(session, RequestDecided)
    revoked = {each.approval_id: each.revoked_at for each in decided.outcomes}
    assert revoked == {first.id: NOW + 2 * HOUR, last.id: None}


def test_a_minute_too_late_the_page_says_so_and_where_roles_are_removed(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    world.sign_in(LORETTA)
    path = f"/approvals/{approval.id}"
    world.post(f"{path}/confirm", world.browser.get(path), decision="approved")
    page = world.browser.get(path)
    with world.database.transaction() as session:
        session.get_one(ApprovalRow, approval.id).decided_at = world.now - timedelta(hours=24, minutes=1)
    late = world.browser.post(
        f"{path}/revoke", data=hidden_fields(page) | {"reason": "A mistake"}, follow_redirects=True
    )
    assert "An approval can be revoked for 24 hours." in words(late)
    assert soup(late).select("a[href='/roles?search=angela.whitaker']")
    assert soup(late).select("form[action$='/revoke']") == []
    assert orders(world.database) == []


def test_a_role_that_ended_otherwise_is_not_taken_back_too(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    world.sign_in(LORETTA)
    path = f"/approvals/{approval.id}"
    world.post(f"{path}/confirm", world.browser.get(path), decision="approved")
    page = world.browser.get(path)
    with world.database.transaction() as session:
        given = grant(ANGELA, "state-agency-sc-general-user", ALABAMA, request_id=approval.request_id)
        follow_grant(session, given, LIFETIME, world.now)
        follow_removal(session, removal(given), LIFETIME, world.now)
    sent = hidden_fields(page) | {"reason": "A mistake"}
    after = world.browser.post(f"{path}/revoke", data=sent, follow_redirects=True)
    assert "The role that the approval gave has ended since, so there is nothing to revoke." in words(after)
    assert orders(world.database) == []
    assert "You approved lately" not in words(world.browser.get("/my-approvals"))
