"""An official asks the requester: the clock rests, the answer changes what is decided on, and silence is no way out."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from approval_svc import queries
from approval_svc.domain.approvals import State, Verdict, Way
from approval_svc.domain.choices import Choice
from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.domain.questions import Inquiry, QuestionState
from approval_svc.domain.refusals import (
    AlreadyDecidedError,
    NotAskedError,
    OwnRequestError,
    QuestionOpenError,
    SignInRequiredError,
    UnusableChoiceError,
)
from approval_svc.domain.routing import AuthorityId
from approval_svc.tables import QuestionRow, RequestRow
from approval_svc.use_cases.ask_requester import ask_requester
from approval_svc.use_cases.remove_official import remove_official
from approval_svc.use_cases.take_answer import take_answer
from approval_svc.use_cases.withdraw import withdraw
from shared.contracts import (
    AnswerAwaited,
    Correctable,
    InformationAsked,
    InformationReceived,
    RequestWithdrawn,
)
from shared.db import Database
from shared.ids import new_id
from shared.messaging.inbox import NotYetError
from tests.approval_svc.asking import (
    ANSWER,
    ASKED,
    DAY,
    HOUR,
    WORDS,
    answer,
    answered,
    ask,
    correction,
    follow_in_time,
    lapses,
    loretta_of,
    the_question,
    waiting,
)
from tests.approval_svc.factories import (
    ALABAMA,
    ANGELA,
    COLORADO_UNIVERSITY,
    HEALTH_SURVEYS,
    LIFETIME,
    approvals_of,
    give,
    official,
    published,
    role_requested,
    route,
)
from tests.approval_svc.waiting import MONDAY, asked_on, due, the_approval
from tests.audit import entries

APPROVE = Choice(verdict=Verdict.APPROVED)


def test_the_requester_is_told_who_asks_what_and_until_when_the_clock_rests(approval_database: Database) -> None:
    waiting(approval_database)
    question_id = ask(approval_database, ASKED, fields=["employee_id", "phone"])
    with approval_database.reading() as session:
        (asked,) = published(session, InformationAsked)
        approval = the_approval(session)
        assert (asked.question_id, asked.approval_id) == (question_id, approval.id)
        assert (asked.question, asked.asked_by.user_id) == (WORDS, "loretta")
        assert asked.fields == (Correctable.PHONE, Correctable.EMPLOYEE_ID)
        assert asked.authority.name == "Security Officials of Alabama"
        assert asked.clock_goes_on == lapses(approval_database)
        assert approval.state is State.ASKED
    (entry,) = entries(approval_database, "approval.question_asked")
    assert entry.who == "user:loretta"
    assert WORDS not in str(entry)


def test_who_asked_gets_the_answer_with_a_link_that_works(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "marcus")
        asked_on(session)
    question_id = ask(approval_database, ASKED)
    answer(approval_database, question_id, ASKED + 14 * HOUR, correction(Correctable.EMPLOYEE_ID, None, "A 12"))
    with approval_database.reading() as session:
        (received,) = published(session, InformationReceived)
        assert received.told == (loretta_of(approval_database).id,)
        assert {each.user_id for each in received.officials} == {"loretta", "marcus"}
        assert (received.question, received.answer) == (WORDS, ANSWER)
        assert received.not_before == ASKED + 14 * HOUR  # whoever asked waits for it: no mail hours
        assert received.corrections[0].after == "A 12"
        assert received.expires_at == due(approval_database, DeadlineKind.EXPIRY)
        (asking, _) = the_approval(session).askings
        assert asking.links_expire_at == received.links_expire_at


def test_what_was_corrected_holds_and_before_and_after_are_kept(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        asked_on(session, surveyor=None, employee_id="A 11")
    question_id = ask(approval_database, ASKED, fields=["phone", "employee_id", "surveyor"])
    corrections = (
        correction(Correctable.PHONE, ANGELA.phone, "202-555-0140"),
        correction(Correctable.EMPLOYEE_ID, "A 11", None),
        correction(Correctable.SURVEYOR, None, "yes"),
    )
    answer(approval_database, question_id, ASKED + DAY, *corrections)
    with approval_database.reading() as session:
        request = session.scalars(select(RequestRow)).one()
        assert (request.requester_phone, request.employee_id, request.surveyor) == ("202-555-0140", None, True)
        assert the_question(session).corrections[1] == {"field": "employee_id", "before": "A 11", "after": None}
    (entry,) = entries(approval_database, "approval.question_answered")
    assert entry.after["corrected"] == ["phone", "employee_id", "surveyor"]
    assert entry.on_behalf_of == "user:angela.whitaker"
    assert "202-555-0140" not in str(entry)


def test_a_surveyors_fields_are_corrected_too(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        surveyor = role_requested("contract-surveyor", ALABAMA, survey_for="state", surveyor_status="new")
        route(session, surveyor, MONDAY)
    question_id = ask(approval_database, ASKED, fields=["surveyor_status"])
    status = correction(Correctable.SURVEYOR_STATUS, "new", "existing")
    identifier = correction(Correctable.FEDERAL_SURVEYOR_ID, None, "AL4321")
    answer(approval_database, question_id, ASKED + DAY, status, identifier)
    with approval_database.reading() as session:
        request = session.scalars(select(RequestRow)).one()
        assert (request.surveyor_status, request.federal_surveyor_id) == ("existing", "AL4321")


def test_officials_may_decide_while_the_question_is_open_and_that_ends_it(approval_database: Database) -> None:
    waiting(approval_database)
    question_id = ask(approval_database, ASKED)
    with approval_database.transaction() as session:
        give(session, the_approval(session), loretta_of(approval_database), APPROVE, Way(signed_in_as="loretta"))
    with approval_database.reading() as session:
        assert the_question(session).state is QuestionState.CLOSED
    follow_in_time(approval_database, ASKED + 60 * DAY)
    answer(approval_database, question_id, ASKED + 60 * DAY)
    with approval_database.reading() as session:
        assert published(session, AnswerAwaited) == []
        assert published(session, InformationReceived) == []
        assert (the_question(session).state, the_question(session).answer) == (QuestionState.CLOSED, ANSWER)
    assert len(entries(approval_database, "approval.question_closed")) == 1


def test_withdrawal_ends_the_question(approval_database: Database) -> None:
    waiting(approval_database)
    ask(approval_database, ASKED)
    with approval_database.transaction() as session:
        withdraw(session, RequestWithdrawn(request_id=the_approval(session).request_id, withdrawn_at=ASKED), ASKED)
    with approval_database.reading() as session:
        assert (the_question(session).state, the_question(session).next_at) == (QuestionState.CLOSED, None)


def test_a_second_answer_changes_nothing(approval_database: Database) -> None:
    waiting(approval_database)
    question_id = ask(approval_database, ASKED, fields=["phone"])
    answer(approval_database, question_id, ASKED + DAY)
    answer(approval_database, question_id, ASKED + 2 * DAY, correction(Correctable.PHONE, None, "1"), text="Other")
    with approval_database.reading() as session:
        assert the_question(session).answer == ANSWER
        assert session.scalars(select(RequestRow.requester_phone)).one() == ANGELA.phone
        assert len(published(session, InformationReceived)) == 1


def test_one_question_at_a_time_and_several_in_turn(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "marcus")
        asked_on(session)
    first = ask(approval_database, ASKED)
    with pytest.raises(QuestionOpenError):
        ask(approval_database, ASKED + HOUR, by="marcus")
    answer(approval_database, first, ASKED + DAY)
    second = ask(approval_database, ASKED + DAY + HOUR, by="marcus", text="And of hospitals?")
    answer(approval_database, second, ASKED + 2 * DAY)
    with approval_database.reading() as session:
        states = session.scalars(select(QuestionRow.state)).all()
        assert set(states) == {QuestionState.ANSWERED}
        assert [each.question for each in published(session, InformationReceived)] == [WORDS, "And of hospitals?"]


def test_when_who_asked_has_left_the_others_get_the_answer(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        marcus = official(session, "state", "AL", "marcus").id
        asked_on(session)
    question_id = ask(approval_database, ASKED)
    with approval_database.transaction() as session:
        remove_official(session, AuthorityId(kind="state", id="AL"), "loretta", LIFETIME, ASKED + HOUR)
    answer(approval_database, question_id, ASKED + DAY)
    with approval_database.reading() as session:
        assert published(session, InformationReceived)[0].told == (marcus,)


def test_who_acts_for_the_absent_asks_in_both_names(approval_database: Database) -> None:
    waiting(approval_database)
    absent = {"official": str(new_id()), "name": "Marcus Hale"}
    with approval_database.transaction() as session:
        the_approval(session).askings[0].acts_for = [absent]
    ask(approval_database, ASKED)
    with approval_database.reading() as session:
        (asked,) = published(session, InformationAsked)
        assert asked.asked_by.acting == "Loretta for Marcus Hale"
    (entry,) = entries(approval_database, "approval.question_asked")
    assert (entry.who, entry.on_behalf_of) == ("user:loretta", f"official:{absent['official']}")


def test_nobody_asks_about_their_own_request(approval_database: Database) -> None:
    waiting(approval_database)
    with approval_database.transaction() as session:
        # As when the requester became an official after they were asked, by another user id.
        session.scalars(select(RequestRow)).one().requester_email = loretta_of(approval_database).email.upper()
    with pytest.raises(OwnRequestError):
        ask(approval_database, ASKED)
    with approval_database.reading() as session:
        assert published(session, InformationAsked) == []
        assert the_approval(session).resting_since is None


def test_only_who_may_decide_may_ask(approval_database: Database) -> None:
    waiting(approval_database)
    with approval_database.transaction() as session:
        official(session, "state", "AK", "nanook")
    with pytest.raises(NotAskedError):
        ask(approval_database, ASKED, by="nanook")
    with approval_database.transaction() as session:
        give(session, the_approval(session), loretta_of(approval_database), APPROVE, Way(signed_in_as="loretta"))
    with pytest.raises(AlreadyDecidedError):
        ask(approval_database, ASKED)


def test_about_a_security_official_role_only_who_is_signed_in_may_ask(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        margaret = official(session, "cms", "cms", "margaret")
        wanted = role_requested("state-agency-security-official", ALABAMA)
        (approval,) = route(session, wanted, MONDAY)
        ends = queries.live_askings(approval)[0].links_expire_at
        assert margaret.id
    with pytest.raises(SignInRequiredError):
        ask(approval_database, ASKED, by="margaret", way=Way(link_ends=ends))
    ask(approval_database, ASKED, by="margaret", way=Way(link_ends=ends, signed_in_as="margaret"))


def test_what_cannot_be_corrected_cannot_be_asked_for(approval_database: Database) -> None:
    waiting(approval_database)
    with pytest.raises(UnusableChoiceError):
        ask(approval_database, ASKED, fields=["federal_surveyor_id"])


def test_of_several_organizations_each_asks_for_itself_and_a_correction_is_for_all(
    approval_database: Database,
) -> None:
    with approval_database.transaction() as session:
        hal = official(session, "contract-organization", HEALTH_SURVEYS.id, "hal")
        cora = official(session, "contract-organization", COLORADO_UNIVERSITY.id, "cora")
        request = role_requested(
            "contract-surveyor", HEALTH_SURVEYS, COLORADO_UNIVERSITY, survey_for="cms", surveyor_status="new"
        )
        parts = {part.organization_id: part.id for part in route(session, request, MONDAY)}
    asking = ((hal, parts[HEALTH_SURVEYS.id]), (cora, parts[COLORADO_UNIVERSITY.id]))
    with approval_database.transaction() as session:
        from_hal, from_cora = (
            ask_requester(
                session,
                part,
                who.id,
                Inquiry(text=WORDS, fields=("federal_surveyor_id",)),
                Way(signed_in_as=who.user_id),
                always_sign_in=False,
                now=ASKED,
            )
            for who, part in asking
        )
    with approval_database.transaction() as session:
        identifier = correction(Correctable.FEDERAL_SURVEYOR_ID, None, "X1")
        take_answer(session, answered(session, from_hal, ASKED + DAY, identifier), LIFETIME, ASKED + DAY)
    with approval_database.reading() as session:
        resting = {each.organization_id: each.resting_since for each in approvals_of(session, request)}
        assert resting == {HEALTH_SURVEYS.id: None, COLORADO_UNIVERSITY.id: ASKED}
        assert session.get_one(QuestionRow, from_cora).state is QuestionState.WAITING
        assert session.scalars(select(RequestRow.federal_surveyor_id)).one() == "X1"


def test_an_answer_that_overtakes_its_question_waits_for_it(approval_database: Database) -> None:
    waiting(approval_database)
    question_id = ask(approval_database, ASKED)
    with approval_database.transaction() as session:
        message = replace(answered(session, question_id, ASKED), question_id=new_id())
        with pytest.raises(NotYetError):
            take_answer(session, message, LIFETIME, ASKED)
