"""An official asks another one what they think: who can be asked, what that allows, and who hears the answer."""

from datetime import timedelta

import pytest

from approval_svc.domain.refusals import (
    AlreadyDecidedError,
    LinkExpiredError,
    NotAskedError,
    OfficialRemovedError,
    OpinionGivenError,
    OwnRequestError,
    SignInRequiredError,
    SomebodyElseError,
    UnusableChoiceError,
)
from shared.contracts import OpinionAsked, OpinionGiven
from shared.db import Database
from tests.approval_svc.absent import absent
from tests.approval_svc.factories import (
    ALABAMA,
    ANGELA,
    NOW,
    approve,
    asked,
    general_user,
    official,
    published,
    role_requested,
    route,
)
from tests.approval_svc.talking import LATER, answers, asks_opinion, hands_over
from tests.audit import entries


def test_the_adviser_is_mailed_the_question_and_the_decision_stays_where_it_is(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        nanook = official(session, "state", "AK", "nanook")
        (approval,) = route(session, general_user())
        asks_opinion(session, approval, loretta, "nanook", "Do you know her?")
        (wanted,) = published(session, OpinionAsked)
        assert (wanted.official.official_id, wanted.asked_by) == (nanook.id, "Loretta")
        assert wanted.question == "Do you know her?"
        assert asked(approval) == {"loretta"}
        with pytest.raises(NotAskedError):
            approve(session, approval, nanook)
    (entry,) = entries(approval_database, "approval.opinion_asked")
    assert entry.after["official"] == str(nanook.id)
    assert "know her" not in str(entry)


def test_the_answer_goes_to_who_asked_once(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "state", "AL", "marcus")
        official(session, "state", "AK", "nanook")
        (approval,) = route(session, general_user())
        opinion = asks_opinion(session, approval, loretta, "nanook")
        answers(session, opinion, "She surveys since May.")
        (given,) = published(session, OpinionGiven)
        assert given.told == (loretta.id,)
        assert (given.given_by, given.answer) == ("Nanook", "She surveys since May.")
        with pytest.raises(OpinionGivenError):
            answers(session, opinion, "No, since June.")
        assert opinion.answer == "She surveys since May."
        approve(session, approval, loretta)


def test_when_it_was_handed_over_meanwhile_the_answer_goes_to_who_decides_now(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        margaret = official(session, "cms", "cms", "margaret")
        official(session, "state", "AK", "nanook")
        (approval,) = route(session, general_user())
        opinion = asks_opinion(session, approval, loretta, "nanook")
        hands_over(session, approval, loretta, "margaret")
        answers(session, opinion)
        assert published(session, OpinionGiven)[0].told == (margaret.id,)


@pytest.mark.parametrize(("user_id", "email"), [(ANGELA.user_id, "other@x.example"), ("angie", ANGELA.email)])
def test_the_requester_is_not_asked_about_themselves(approval_database: Database, user_id: str, email: str) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "state", "AK", user_id, email=email)
        (approval,) = route(session, general_user())
        with pytest.raises(UnusableChoiceError, match="asks for the role"):
            asks_opinion(session, approval, loretta, user_id)


def test_an_adviser_who_turns_out_to_be_the_requester_may_not_even_read(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        nanook = official(session, "state", "AK", "nanook")
        (approval,) = route(session, general_user())
        opinion = asks_opinion(session, approval, loretta, "nanook")
        nanook.email = ANGELA.email
        with pytest.raises(OwnRequestError):
            answers(session, opinion)


@pytest.mark.parametrize("adviser", ["loretta", "gone", "deaf", "nobody"])
def test_only_another_official_whom_mail_reaches_can_be_asked(approval_database: Database, adviser: str) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "state", "AK", "gone", active=False)
        official(session, "state", "AK", "deaf", reachable=False)
        (approval,) = route(session, general_user())
        with pytest.raises(UnusableChoiceError):
            asks_opinion(session, approval, loretta, adviser)


def test_nobody_is_asked_twice_at_once_and_may_be_asked_again_after_the_answer(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "state", "AK", "nanook")
        (approval,) = route(session, general_user())
        opinion = asks_opinion(session, approval, loretta, "nanook")
        asks_opinion(session, approval, loretta, "nanook")  # the same, as a second click sends it
        assert len(published(session, OpinionAsked)) == 1
        with pytest.raises(UnusableChoiceError, match="asked already"):
            asks_opinion(session, approval, loretta, "nanook", "And her badge?")
        answers(session, opinion)
        asks_opinion(session, approval, loretta, "nanook", "And her badge?")


def test_whom_the_mail_did_not_reach_may_be_asked_again_once_their_address_was_mended(
    approval_database: Database,
) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        nanook = official(session, "state", "AK", "nanook")
        (approval,) = route(session, general_user())
        asks_opinion(session, approval, loretta, "nanook")
        nanook.take_address("nanook@new.example", LATER + timedelta(seconds=1))
        asks_opinion(session, approval, loretta, "nanook", "Do you know her now?")
        assert len(published(session, OpinionAsked)) == 2


def test_when_it_is_decided_no_opinion_is_needed(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "state", "AK", "nanook")
        (approval,) = route(session, general_user())
        opinion = asks_opinion(session, approval, loretta, "nanook")
        approve(session, approval, loretta)
        with pytest.raises(AlreadyDecidedError):
            answers(session, opinion)
        with pytest.raises(AlreadyDecidedError):
            asks_opinion(session, approval, loretta, "nanook")


def test_the_link_ends_and_is_for_one_person(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        nanook = official(session, "state", "AK", "nanook")
        (approval,) = route(session, general_user())
        opinion = asks_opinion(session, approval, loretta, "nanook")
        with pytest.raises(LinkExpiredError):
            answers(session, opinion, link_ends=NOW)
        with pytest.raises(SomebodyElseError):
            answers(session, opinion, signed_in_as="loretta")
        nanook.active = False
        with pytest.raises(OfficialRemovedError):
            answers(session, opinion)


def test_when_mail_goes_to_another_address_the_old_link_ends_and_signing_in_works(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        nanook = official(session, "state", "AK", "nanook")
        (approval,) = route(session, general_user())
        opinion = asks_opinion(session, approval, loretta, "nanook")
        nanook.take_address("new@officials.example", LATER + timedelta(hours=1))
        with pytest.raises(LinkExpiredError):
            answers(session, opinion)
        answers(session, opinion, link_ends=None, signed_in_as="nanook")


def test_about_a_security_official_role_the_adviser_signs_in(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "cms", "cms", "margaret")
        official(session, "state", "AK", "nanook")
        (approval,) = route(session, role_requested("state-agency-security-official", ALABAMA))
        margaret = approval.askings[0].official
        with pytest.raises(SignInRequiredError):
            asks_opinion(session, approval, margaret, "nanook")


@pytest.mark.parametrize("answer", ["", " ", "x" * 1001])
def test_an_answer_is_needed_and_no_book(approval_database: Database, answer: str) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        official(session, "state", "AK", "nanook")
        (approval,) = route(session, general_user())
        opinion = asks_opinion(session, approval, loretta, "nanook")
        with pytest.raises(UnusableChoiceError):
            answers(session, opinion, answer)


def test_who_is_absent_is_not_asked_and_the_form_says_until_when(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        nanook = official(session, "state", "AK", "nanook")
        absent(session, nanook, official(session, "state", "AK", "sedna"))
        (approval,) = route(session, general_user())
        with pytest.raises(UnusableChoiceError, match="absent until 11/24/2026") as refused:
            asks_opinion(session, approval, loretta, "nanook")
        assert refused.value.field == "adviser"
        asks_opinion(session, approval, loretta, "sedna")
        assert [each.official.user_id for each in published(session, OpinionAsked)] == ["sedna"]
