"""Decisions: who may take them, what they say, and that the first one stands."""

from datetime import timedelta

import pytest

from approval_svc import queries
from approval_svc.domain.approvals import Verdict, Way
from approval_svc.domain.choices import Choice
from approval_svc.domain.refusals import (
    AlreadyDecidedError,
    LinkExpiredError,
    NotAskedError,
    OfficialRemovedError,
    OwnRequestError,
    RefusedError,
    RequestWithdrawnError,
    SignInRequiredError,
    SomebodyElseError,
    UnusableChoiceError,
)
from approval_svc.tables import ApprovalRow
from approval_svc.use_cases.renew_link import renew_link
from approval_svc.use_cases.withdraw import withdraw
from shared.catalog import the_catalog
from shared.contracts import (
    ApprovalClosed,
    ApprovalDecided,
    ApprovalRequested,
    ClosedBecause,
    DatedOutcome,
    Decision,
    RequestDecided,
    RequestWithdrawn,
    SurveyFor,
)
from shared.db import Database
from tests.approval_svc.at_once import meanwhile
from tests.approval_svc.factories import (
    ALABAMA,
    ANGELA,
    COLORADO_UNIVERSITY,
    HEALTH_SURVEYS,
    LIFETIME,
    NOW,
    approve,
    general_user,
    give,
    official,
    published,
    reject,
    role_requested,
    route,
)

APPROVED = Choice(verdict=Verdict.APPROVED)


def test_an_approval_is_told_with_its_extras_and_to_the_other_officials(approval_database: Database) -> None:
    privilege = the_catalog().role("state-agency-sc-general-user").grantable[0]
    discipline = the_catalog().disciplines[0]
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "state", "AL", "marcus")
        (approval,) = route(session, general_user(surveyor=True))
        approve(session, approval, loretta, extra_privileges=(privilege,), disciplines=(discipline.id,))
        (decided,) = published(session, ApprovalDecided)
        assert decided.outcome.decided_by == "Loretta"
        assert decided.outcome.decision == Decision.APPROVED
        assert decided.outcome.disciplines == (discipline.name,)
        assert len(decided.outcome.extra_privileges) == 1
        (closed,) = published(session, ApprovalClosed)
        assert closed.because == ClosedBecause.DECIDED
        assert {each.user_id for each in closed.officials} == {"loretta", "marcus"}
        assert closed.decided_by_official == loretta.id
        (request_decided,) = published(session, RequestDecided)
        assert request_decided.outcomes == (DatedOutcome(**vars(decided.outcome), decided_at=decided.decided_at),)


def test_a_request_for_two_organizations_is_decided_when_both_are(approval_database: Database) -> None:
    request = role_requested("contract-surveyor", HEALTH_SURVEYS, COLORADO_UNIVERSITY, survey_for=SurveyFor.CMS)
    with approval_database.transaction() as session:
        margaret = official(session, "cms", "cms", "margaret")
        first, second = route(session, request)
        approve(session, first, margaret)
        assert published(session, RequestDecided) == []
        reject(session, second, margaret, reason="other", comment="Not on the <contract>")
        (decided,) = published(session, RequestDecided)
        assert [each.decision for each in decided.outcomes] == [Decision.APPROVED, Decision.REJECTED]
        assert decided.outcomes[1].comment == "Not on the <contract>"


def test_the_second_decision_is_refused_by_the_same_and_by_another_official(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta, marcus = (official(session, "state", "AL", name) for name in ("loretta", "marcus"))
        (approval,) = route(session, general_user())
        approve(session, approval, loretta)
        for late in (loretta, marcus):
            with pytest.raises(AlreadyDecidedError):
                reject(session, approval, late)
        assert approval.state == "approved"
        assert len(published(session, ApprovalDecided)) == 1


def test_two_officials_at_once_make_one_decision(approval_database: Database) -> None:
    """The second starts while the first's transaction is open, waits for it, and finds the decision made."""
    with approval_database.transaction() as session:
        loretta, marcus = (official(session, "state", "AL", name) for name in ("loretta", "marcus"))
        (approval,) = route(session, general_user())
    refused = list[RefusedError]()

    def decide_too() -> None:
        try:
            with approval_database.transaction() as session:
                give(session, approval, marcus, Choice(verdict=Verdict.REJECTED, reason="not-needed"))
        except RefusedError as error:
            refused.append(error)

    with meanwhile(approval_database, decide_too) as session:
        give(session, approval, loretta, APPROVED)
    assert [type(each) for each in refused] == [AlreadyDecidedError]
    with approval_database.reading() as session:
        (decided,) = published(session, ApprovalDecided)
        assert decided.outcome.decided_by == "Loretta"
        assert len(published(session, RequestDecided)) == 1


def test_the_last_two_approvals_decided_at_once_conclude_the_request_once(approval_database: Database) -> None:
    request = role_requested("contract-surveyor", HEALTH_SURVEYS, COLORADO_UNIVERSITY, survey_for=SurveyFor.CMS)
    with approval_database.transaction() as session:
        margaret = official(session, "cms", "cms", "margaret")
        first, second = route(session, request)

    def decide_the_other() -> None:
        with approval_database.transaction() as session:
            give(session, second, margaret, APPROVED)

    with meanwhile(approval_database, decide_the_other) as session:
        give(session, first, margaret, APPROVED)
    with approval_database.reading() as session:
        (decided,) = published(session, RequestDecided)
        assert len(decided.outcomes) == 2


def test_a_withdrawal_during_a_decision_comes_after_it(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        (approval,) = route(session, request)

    def take_back() -> None:
        with approval_database.transaction() as session:
            withdraw(session, RequestWithdrawn(request_id=request.request_id, withdrawn_at=NOW), NOW)

    with meanwhile(approval_database, take_back) as session:
        give(session, approval, loretta, APPROVED)
    with approval_database.reading() as session:
        assert session.get_one(ApprovalRow, approval.id).state == "approved"
        assert [each.because for each in published(session, ApprovalClosed)] == [ClosedBecause.DECIDED]


def test_a_withdrawn_request_cannot_be_decided(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        (approval,) = route(session, request)
        withdraw(session, RequestWithdrawn(request_id=request.request_id, withdrawn_at=NOW), NOW)
        with pytest.raises(RequestWithdrawnError):
            approve(session, approval, loretta)


def test_an_expired_link_decides_nothing(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        (approval,) = route(session, general_user())
        with pytest.raises(LinkExpiredError):
            give(session, approval, loretta, APPROVED, Way(link_ends=NOW))
        assert approval.state == "asked"


def test_a_removed_official_decides_nothing(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        (approval,) = route(session, general_user())
        loretta.active = False
        with pytest.raises(OfficialRemovedError):
            approve(session, approval, loretta)


def test_an_official_of_another_state_decides_nothing(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        stranger = official(session, "state", "AK", "stranger")
        (approval,) = route(session, general_user())
        with pytest.raises(NotAskedError):
            approve(session, approval, stranger)


@pytest.mark.parametrize("change", [{"user_id": ANGELA.user_id}, {"email": f" {ANGELA.email.upper()}"}])
def test_nobody_decides_on_their_own_request_even_when_asked_before(
    approval_database: Database, change: dict[str, str]
) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        (approval,) = route(session, general_user())
        for name, value in change.items():
            setattr(loretta, name, value)
        with pytest.raises(OwnRequestError):
            approve(session, approval, loretta)


def test_a_security_official_role_needs_the_official_to_be_signed_in(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        margaret = official(session, "cms", "cms", "margaret")
        (approval,) = route(session, role_requested("state-agency-security-official", ALABAMA))
        ends = NOW + LIFETIME
        with pytest.raises(SignInRequiredError):
            give(session, approval, margaret, APPROVED, Way(link_ends=ends))
        with pytest.raises(SomebodyElseError):
            give(session, approval, margaret, APPROVED, Way(link_ends=ends, signed_in_as="angela.whitaker"))
        give(session, approval, margaret, APPROVED, Way(link_ends=ends, signed_in_as="margaret"))
        assert approval.state == "approved"


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        (Choice(verdict=Verdict.REJECTED), "reason"),
        (Choice(verdict=Verdict.REJECTED, reason="because"), "reason"),
        (Choice(verdict=Verdict.REJECTED, reason="other"), "comment"),
        (Choice(verdict=Verdict.REJECTED, reason="not-needed", comment="x" * 1001), "comment"),
        (Choice(verdict=Verdict.APPROVED, disciplines=("hospital",)), "disciplines"),
        (Choice(verdict=Verdict.APPROVED, extra_privileges=("surveys.delete-a-survey",)), "extra_privileges"),
    ],
)
def test_a_choice_that_is_not_on_offer_is_refused_at_its_field(
    approval_database: Database, choice: Choice, field: str
) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        (approval,) = route(session, general_user())
        with pytest.raises(UnusableChoiceError) as refused:
            give(session, approval, loretta, choice)
        assert refused.value.field == field
        assert approval.state == "asked"


def test_an_expired_link_is_renewed_once_and_mailed_to_its_official_alone(approval_database: Database) -> None:
    later = NOW + LIFETIME + timedelta(minutes=1)
    way = Way(link_ends=NOW + LIFETIME)
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "state", "AL", "marcus")
        (approval,) = route(session, general_user())
        assert renew_link(session, approval.id, loretta.id, way, LIFETIME, later)
        assert not renew_link(session, approval.id, loretta.id, way, LIFETIME, later)
        first, renewed = published(session, ApprovalRequested)
        assert renewed.newly_asked == (loretta.id,)
        assert renewed.links_expire_at == later + LIFETIME
        assert len(first.newly_asked) == 2


def test_a_link_that_still_works_is_not_renewed(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        (approval,) = route(session, general_user())
        assert not renew_link(session, approval.id, loretta.id, Way(link_ends=NOW + LIFETIME), LIFETIME, NOW)
        approve(session, approval, loretta)
        with pytest.raises(AlreadyDecidedError):
            renew_link(session, approval.id, loretta.id, Way(link_ends=NOW), LIFETIME, NOW)


def test_the_history_says_who_decided(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        (approval,) = route(session, general_user())
        reject(session, approval, loretta)
        texts = [line.text for line in queries.history_of(session, approval.request_id)]
        assert texts[0] == "Angela Whitaker requested the role State Agency Sc General User."
        assert texts[-1] == "Loretta rejected the request."
