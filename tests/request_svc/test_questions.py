"""A Security Official asks, and the requester answers on one page, correcting what they were asked to."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from request_svc.domain.questions import Reply
from request_svc.domain.refusals import (
    AlreadyAnsweredError,
    IncompleteError,
    QuestionMissingError,
    QuestionOverError,
    RequestMissingError,
)
from request_svc.tables import Grant, Question
from request_svc.use_cases.answer_question import answer_question
from request_svc.use_cases.record_decision import record_decision
from request_svc.use_cases.withdraw_request import withdraw_request
from shared.catalog import Catalog
from shared.clock import utc_now
from shared.db import Database
from tests.audit import entries
from tests.pages import heading, soup, words
from tests.request_svc.asking import ASKED_AT, WORDS, ask, asked, question
from tests.request_svc.conftest import Browser, Visit, checked, errors
from tests.request_svc.factories import (
    ADA,
    BEN,
    FOR_ALABAMA,
    FOR_CMS,
    LATER,
    SAGU,
    SURVEYOR,
    decided,
    messages,
    request_role,
    whole,
)

ANSWERED_AT = LATER + timedelta(days=2)
ANSWER = "Those of nursing homes."
HOSTILE = '<script>alert("x")</script>'


def reply(database: Database, request_id: UUID, question_id: UUID, answer: str = ANSWER, **values: str | None) -> None:
    with database.transaction() as session:
        answered = Reply(answer=answer, values=values)
        answer_question(session, request_id, question_id, ADA.user_id, answered, ANSWERED_AT)


def path_of(request_id: UUID, question_id: UUID) -> str:
    return f"/my-profile/requests/{request_id}/questions/{question_id}"


def surveyor(database: Database, catalog: Catalog) -> UUID:
    return request_role(database, catalog, role=SURVEYOR, answers=FOR_ALABAMA)


# ── the use cases ───────────────────────────────────────────────────────────────────────────────────


def test_the_answer_goes_to_approval_svc_with_what_was_corrected(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog, role=SAGU)
    question_id = ask(database, request_id, "phone", "employee_id")
    reply(database, request_id, question_id, phone=ADA.phone, employee_id="A 12")
    (message,) = messages(database, "InformationProvided")
    assert (message["question_id"], message["answer"]) == (str(question_id), ANSWER)
    assert message["corrections"] == [{"field": "employee_id", "before": None, "after": "A 12"}]
    request = whole(database, request_id)
    assert request.employee_id == "A 12"
    assert [(event.kind, event.note) for event in request.events][-3:] == [
        ("question", WORDS),
        ("answered", ANSWER),
        ("corrected", "State Agency Employee ID"),
    ]
    (entry,) = entries(database, "request.question_answered")
    assert entry.who == "user:ada.wells"
    assert "A 12" not in str(entry)


def test_a_field_that_was_not_named_stays_whatever_is_sent(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog, role=SAGU)
    question_id = ask(database, request_id, "phone")
    reply(database, request_id, question_id, phone=None, employee_id="A 12", role_id="cms-general-user", name="Eve")
    request = whole(database, request_id)
    assert (request.employee_id, request.phone, request.name) == (None, None, ADA.name)


def test_a_surveyor_who_turns_out_to_exist_gives_the_id_twice(database: Database, catalog: Catalog) -> None:
    request_id = surveyor(database, catalog)
    question_id = ask(database, request_id, "surveyor_status", "federal_surveyor_id")
    with pytest.raises(IncompleteError) as refused:
        reply(database, request_id, question_id, surveyor_status="existing")
    assert refused.value.problems == {"federal_surveyor_id": "Enter your Federal Surveyor ID."}
    with pytest.raises(IncompleteError):
        reply(database, request_id, question_id, surveyor_status="existing", federal_surveyor_id="AL1")
    ids = {"federal_surveyor_id": "AL1", "confirm_federal_surveyor_id": "AL1"}
    reply(database, request_id, question_id, surveyor_status="existing", **ids)
    request = whole(database, request_id)
    assert (request.surveyor_status, request.federal_surveyor_id) == ("existing", "AL1")


def test_a_corrected_surveyor_is_what_the_grant_says(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog, role=SAGU)
    question_id = ask(database, request_id, "surveyor")
    reply(database, request_id, question_id, surveyor="yes")
    with database.transaction() as session:
        record_decision(session, decided(whole(database, request_id).parts[0]), LATER)
    with database.reading() as session:
        assert session.scalars(select(Grant.surveyor)).one() is True


def test_the_first_answer_counts(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    question_id = ask(database, request_id)
    reply(database, request_id, question_id)
    with pytest.raises(AlreadyAnsweredError):
        reply(database, request_id, question_id, "Other")
    assert len(messages(database, "InformationProvided")) == 1


def test_a_later_question_takes_the_place_of_one_without_an_answer(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    first = ask(database, request_id)
    second = ask(database, request_id, at=ASKED_AT + timedelta(days=15))
    with pytest.raises(QuestionOverError, match="Another question"):
        reply(database, request_id, first)
    reply(database, request_id, second)


def test_after_the_decision_the_answer_is_refused_with_the_outcome(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    question_id = ask(database, request_id)
    with database.transaction() as session:
        record_decision(session, decided(whole(database, request_id).parts[0]), LATER)
    with pytest.raises(QuestionOverError, match="approved"):
        reply(database, request_id, question_id)
    with database.reading() as session:
        assert session.get_one(Question, question_id).ended_at == LATER


def test_while_the_request_is_being_withdrawn_nothing_is_answered(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    question_id = ask(database, request_id)
    with database.transaction() as session:
        withdraw_request(session, request_id, ADA.user_id, ASKED_AT)
    with pytest.raises(QuestionOverError, match="withdraw"):
        reply(database, request_id, question_id)


def test_only_who_asked_for_the_role_answers(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    question_id = ask(database, request_id)
    other = request_role(database, catalog, BEN)
    answered = Reply(answer=ANSWER, values={})
    for request in (request_id, other):
        with pytest.raises((RequestMissingError, QuestionMissingError)), database.transaction() as session:
            answer_question(session, request, question_id, BEN.user_id, answered, ANSWERED_AT)


def test_a_question_that_comes_twice_is_one_and_after_the_end_none(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    message = question(database, request_id)
    asked(database, message)
    asked(database, message)
    with database.transaction() as session:
        record_decision(session, decided(whole(database, request_id).parts[0]), LATER)
    ask(database, request_id)
    with database.reading() as session:
        assert session.scalars(select(Question.id)).all() == [message.question_id]


def test_of_several_organizations_each_may_ask(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog, role=SURVEYOR, answers=FOR_CMS)
    first, second = ask(database, request_id), ask(database, request_id, part=1)
    reply(database, request_id, second)
    reply(database, request_id, first)
    assert len(messages(database, "InformationProvided")) == 2


# ── the pages ───────────────────────────────────────────────────────────────────────────────────────


def test_my_profile_says_who_asks_and_leads_to_the_answer(ada: Browser, database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    question_id = ask(database, request_id)
    page = ada.open("/my-profile")
    assert "Loretta Simmons asks you a question" in words(page)
    assert soup(page).select_one(f'a[href="{path_of(request_id, question_id)}"]') is not None


@pytest.mark.parametrize(
    ("goes_on", "profile", "page"),
    [
        (timedelta(days=3), "your request waits for your answer.", "Your request waits for your answer until"),
        (-timedelta(hours=1), "You can still answer, as long as", "Your request waited for your answer until"),
    ],
)
def test_until_when_the_request_waits_is_told_and_when_it_waits_no_more(
    ada: Browser, database: Database, catalog: Catalog, goes_on: timedelta, profile: str, page: str
) -> None:
    request_id = request_role(database, catalog)
    question_id = ask(database, request_id, at=utc_now() + goes_on - timedelta(days=14))
    assert profile in words(ada.open("/my-profile"))
    assert page in words(ada.open(path_of(request_id, question_id)))


def test_the_page_has_the_fields_as_they_are(ada: Browser, database: Database, catalog: Catalog) -> None:
    request_id = surveyor(database, catalog)
    question_id = ask(database, request_id, "phone", "surveyor_status", "federal_surveyor_id")
    page = ada.open(path_of(request_id, question_id))
    assert heading(page) == "Loretta Simmons asks you a question"
    assert "Security Officials of Alabama" in words(page)
    phone = soup(page).select_one("input#phone")
    assert phone is not None
    assert phone["value"] == ADA.phone
    assert checked(page) == {"new"}
    assert soup(page).select_one("input#employee_id") is None


def test_the_answer_is_sent_from_the_page(ada: Browser, database: Database, catalog: Catalog) -> None:
    request_id = surveyor(database, catalog)
    question_id = ask(database, request_id, "federal_surveyor_id")
    ids = {"federal_surveyor_id": "AL7", "confirm_federal_surveyor_id": "AL7"}
    answer = ada.send(path_of(request_id, question_id), {"answer": HOSTILE, **ids, "surveyor": "zzz"})
    assert (answer.status_code, answer.location) == (303, f"/my-profile#request-{request_id}")
    page = ada.open("/my-profile")
    assert "Answer Sent" in words(page)
    assert "asks you a question" not in words(page)
    assert HOSTILE in words(page)
    assert soup(page).find("script", string='alert("x")') is None
    assert whole(database, request_id).federal_surveyor_id == "AL7"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"answer": "", "federal_surveyor_id": ""}, {"answer": "Enter your answer."}),
        ({"answer": "x" * 2001}, {"answer": "Use 2000 characters at most."}),
        (
            {"answer": "Yes", "federal_surveyor_id": "AL 7"},
            {"federal_surveyor_id": "Use letters and digits only, 20 at most."},
        ),
        (
            {"answer": "Yes", "federal_surveyor_id": "AL7", "confirm_federal_surveyor_id": "AL8"},
            {"confirm_federal_surveyor_id": "Enter the same Federal Surveyor ID as above."},
        ),
        ({"answer": "Yes", "phone": "☎"}, {"phone": "Use digits and signs only, 40 at most."}),
    ],
)
def test_what_is_wrong_is_said_as_in_the_steps(
    ada: Browser, database: Database, catalog: Catalog, form: dict[str, str], said: dict[str, str]
) -> None:
    request_id = surveyor(database, catalog)
    question_id = ask(database, request_id, "phone", "federal_surveyor_id")
    page = ada.send(path_of(request_id, question_id), form)
    assert page.status_code == 422
    assert errors(page.text) == said
    assert messages(database, "InformationProvided") == []


def test_a_second_answer_and_a_late_one_are_refused_kindly(ada: Browser, database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    question_id = ask(database, request_id)
    path = path_of(request_id, question_id)
    page = ada.open(path)
    reply(database, request_id, question_id)
    token = str(soup(page).select_one("input[name=csrf_token]")["value"])  # type: ignore[index]  # it is there
    for text in ("Other", ""):
        late = ada.client.post(path, data={"csrf_token": token, "answer": text})
        assert (late.status_code, late.location) == (303, path)
    page = ada.open(path)
    assert heading(page) == "This question needs no answer any more"
    assert "You have answered this question." in words(page)
    assert ANSWER in words(page)
    with database.transaction() as session:
        record_decision(session, decided(whole(database, request_id).parts[0]), LATER)
    assert heading(ada.open(path)) == "This question needs no answer any more"


def test_another_persons_question_does_not_exist(visit: Visit, database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    path = path_of(request_id, ask(database, request_id))
    ben = visit(replace(BEN))
    assert ben.client.get(path).status_code == 404
