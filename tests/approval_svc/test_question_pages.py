"""Asking the requester from the decision page, and reading what came of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from approval_svc.domain.questions import LONGEST_QUESTION
from approval_svc.tables import ApprovalRow, OfficialRow, QuestionRow
from approval_svc.use_cases.take_answer import take_answer
from shared.contracts import Correctable, InformationAsked
from tests.approval_svc.asking import ANSWER, WORDS, answered, correction, follow_in_time, the_question
from tests.approval_svc.browser import LORETTA, World
from tests.approval_svc.factories import LIFETIME, general_user, published
from tests.approval_svc.waiting import the_approval
from tests.pages import heading, soup, words

HOUR = timedelta(hours=1)
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def approval(world: World, loretta: OfficialRow) -> ApprovalRow:
    assert loretta.id
    return world.routed(general_user(submitted_at=world.now, employee_id="A 11"))


def asked(world: World) -> int:
    with world.database.reading() as session:
        return session.scalars(select(func.count()).select_from(QuestionRow)).one()


def answer(world: World, *corrections: tuple[Correctable, str | None, str | None], text: str = ANSWER) -> None:
    with world.database.transaction() as session:
        named = [correction(*each) for each in corrections]
        message = answered(session, the_question(session).id, world.now + HOUR, *named, answer=text)
        take_answer(session, message, LIFETIME, world.now + HOUR)


def test_a_question_is_asked_by_the_emailed_link_and_shown_as_waiting(
    world: World, loretta: OfficialRow, approval: ApprovalRow
) -> None:
    link = world.link(approval.id, loretta.id)
    page = world.browser.get(link)
    sent = world.post(f"{link}/question", page, question=WORDS, correct=["employee_id", "phone"])
    assert (sent.status_code, sent.location) == (303, f"{link}#questions")
    page = world.browser.get(link)
    assert heading(page) == "Decide on a role request"
    assert WORDS in words(page)
    assert "Can be corrected with it: Phone Number, State Agency Employee ID." in words(page)
    assert "A question waits for its answer." in words(page)
    assert "Loretta Simmons asked the requester" in words(page)  # the audit trail
    with world.database.reading() as session:
        assert published(session, InformationAsked)[0].question == WORDS


def test_a_question_is_asked_from_the_list_of_the_signed_in_official(world: World, approval: ApprovalRow) -> None:
    world.sign_in(LORETTA)
    path = f"/approvals/{approval.id}"
    sent = world.post(f"{path}/question", world.browser.get(path), question=WORDS)
    assert (sent.status_code, sent.location) == (303, f"{path}#questions")
    assert asked(world) == 1


def test_looking_asks_nothing(world: World, loretta: OfficialRow, approval: ApprovalRow) -> None:
    assert world.browser.get(f"{world.link(approval.id, loretta.id)}/question").status_code == 405
    assert asked(world) == 0


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"question": " "}, "Enter your question"),
        ({"question": "x" * (LONGEST_QUESTION + 1)}, "Shorten the question to 1000 characters or fewer"),
        ({"question": WORDS, "correct": "role_id"}, "Tick fields from the list only"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    world: World, loretta: OfficialRow, approval: ApprovalRow, fields: dict[str, str], sentence: str
) -> None:
    link = world.link(approval.id, loretta.id)
    page = world.post(f"{link}/question", world.browser.get(link), **fields)
    assert page.status_code == 422
    assert sentence in words(page)
    area = soup(page).select_one("textarea#question")
    assert area is not None
    assert area.get_text().strip() == fields["question"].strip()
    assert asked(world) == 0


def test_the_second_click_asks_nothing_more(world: World, loretta: OfficialRow, approval: ApprovalRow) -> None:
    link = world.link(approval.id, loretta.id)
    page = world.browser.get(link)
    for _ in range(2):
        assert world.post(f"{link}/question", page, question=WORDS).status_code == 303
    assert asked(world) == 1


def test_the_page_shows_the_answer_and_what_it_changed(
    world: World, loretta: OfficialRow, approval: ApprovalRow
) -> None:
    link = world.link(approval.id, loretta.id)
    world.post(f"{link}/question", world.browser.get(link), question=WORDS, correct=["employee_id", "surveyor"])
    answer(world, (Correctable.EMPLOYEE_ID, "A 11", "B 22"), (Correctable.SURVEYOR, None, "no"), text=HOSTILE)
    page = world.browser.get(link)
    rows = [each.get_text(" ", strip=True) for each in soup(page).select("#questions ~ article tbody tr")]
    assert rows == ["State Agency Employee ID A 11 B 22", "Surveyor Nothing No"]
    assert HOSTILE in words(page)
    assert soup(page).find("script", string='alert("x")') is None
    assert "State Agency Employee ID B 22" in words(page)  # what is decided on
    assert soup(page).select_one("textarea#question") is not None  # the next one can be asked


def test_a_question_without_an_answer_says_that_the_deadlines_go_on(
    world: World, loretta: OfficialRow, approval: ApprovalRow
) -> None:
    link = world.link(approval.id, loretta.id)
    world.post(f"{link}/question", world.browser.get(link), question=WORDS)
    with world.database.reading() as session:
        end = the_question(session).clock_goes_on
    follow_in_time(world.database, end)
    page = words(world.browser.get(link))
    assert "so the deadlines go on. Angela Whitaker can still answer." in page
    with world.database.reading() as session:
        assert the_approval(session).resting_since is None


def test_who_was_not_asked_to_decide_cannot_ask(world: World, approval: ApprovalRow) -> None:
    world.sign_in(replace(LORETTA, user_id="stranger"))
    page = world.browser.get("/my-approvals")
    assert world.post(f"/approvals/{approval.id}/question", page, question=WORDS).status_code == 404
    assert asked(world) == 0


def test_the_outcome_still_shows_what_was_asked_and_answered(
    world: World, loretta: OfficialRow, approval: ApprovalRow
) -> None:
    link = world.link(approval.id, loretta.id)
    world.post(f"{link}/question", world.browser.get(link), question=WORDS, correct="employee_id")
    answer(world, (Correctable.EMPLOYEE_ID, "A 11", "B 22"))
    world.post(f"{link}/confirm", world.browser.get(link), decision="approved")
    page = world.browser.get(link)
    assert heading(page) == "You approved this request"
    for said in (WORDS, ANSWER, "What the answer changed", "B 22"):
        assert said in words(page)
    assert soup(page).select_one("textarea#question") is None


def test_of_two_who_ask_at_once_the_second_keeps_their_words_and_reads_why(
    world: World, loretta: OfficialRow, approval: ApprovalRow
) -> None:
    ann = world.official("state", "AL", "ann", name="Ann Brown")
    second = world.routed(general_user(submitted_at=world.now, employee_id="A 11"))
    first, other = world.link(second.id, loretta.id), world.link(second.id, ann.id)
    page = world.browser.get(other)
    assert world.post(f"{first}/question", world.browser.get(first), question=WORDS).status_code == 303
    late = world.post(f"{other}/question", page, question="And your badge?", correct="phone")
    assert late.status_code == 422
    assert "A question waits for its answer already" in words(late)
    area = soup(late).select_one("textarea#question")
    assert area is not None
    assert area.get_text().strip() == "And your badge?"
    assert [str(each["value"]) for each in soup(late).select("input[name=correct][checked]")] == ["phone"]
    assert asked(world) == 1
