"""Answering a question of a Security Official: one page, one POST."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from request_svc import question_queries
from request_svc.domain.questions import CONFIRMED, FEDERAL_SURVEYOR_ID, LONGEST_ANSWER, Reply
from request_svc.domain.refusals import AlreadyAnsweredError, IncompleteError, QuestionOverError, RefusalError
from request_svc.tables import Question
from request_svc.use_cases.answer_question import answer_question, check_open, values_of
from request_svc.web.forms import AnswerForm
from request_svc.web.steps import Answer
from shared.clock import utc_now
from shared.web.access import signed_in
from shared.web.current import database
from shared.web.forms import Form, read_form
from shared.web.person import signed_in_person

pages = Blueprint(
    "questions", __name__, url_prefix="/my-profile/requests/<uuid:request_id>/questions/<uuid:question_id>"
)

ANSWERED = "question-answered"


@pages.get("")
@signed_in
def show(request_id: UUID, question_id: UUID) -> str:
    """Shows the question with the fields as they are, or what became of it."""
    with database().reading() as session:
        question = _question(session, request_id, question_id)
        return _page(question, Form(typed=_prefilled(question)))


@pages.post("")
@signed_in
def answer(request_id: UUID, question_id: UUID) -> Answer:
    """Sends the answer. One that comes too late leads back to the page, which says why."""
    with database().reading() as session:
        question = _question(session, request_id, question_id)
    form = read_form(AnswerForm(only=_shown(question)))
    if form.ok:
        try:
            with database().transaction() as session:
                reply = _reply(question, form)
                answer_question(session, request_id, question_id, signed_in_person().user_id, reply, utc_now())
        except IncompleteError as refusal:
            form = form.with_errors(**refusal.problems)
        except (AlreadyAnsweredError, QuestionOverError):
            return _back(request_id, question_id)
    if not form.ok:
        return _again(request_id, question_id, form)
    flash(ANSWERED)
    return redirect(f"{url_for('profile.show')}#request-{request_id}", 303)


def _again(request_id: UUID, question_id: UUID, form: Form) -> Answer:
    with database().reading() as session:
        question = _question(session, request_id, question_id)
        return _back(request_id, question_id) if _why_over(question) else (_page(question, form), 422)


def _back(request_id: UUID, question_id: UUID) -> Response:
    return redirect(url_for("questions.show", request_id=request_id, question_id=question_id), 303)


def _question(session: Session, request_id: UUID, question_id: UUID) -> Question:
    return question_queries.question_of(session, request_id, question_id, signed_in_person().user_id)


def _why_over(question: Question) -> RefusalError | None:
    try:
        check_open(question)
    except (AlreadyAnsweredError, QuestionOverError) as refusal:
        return refusal
    return None


def _shown(question: Question) -> list[str]:
    confirmed = [CONFIRMED] if FEDERAL_SURVEYOR_ID in question.fields else []
    return ["answer", *question.fields, *confirmed]


def _reply(question: Question, form: Form) -> Reply:
    values = {name: form.data.get(name) for name in _shown(question)[1:]}
    return Reply(answer=form.data["answer"], values=values)


def _prefilled(question: Question) -> dict[str, list[str]]:
    current = values_of(question.part.request)
    current[CONFIRMED] = current[FEDERAL_SURVEYOR_ID]
    return {name: [value] for name, value in current.items() if value}


def _page(question: Question, form: Form) -> str:
    return render_template(
        "question.html",
        form=form,
        question=question,
        request_=question.part.request,
        over=_why_over(question),
        longest_answer=LONGEST_ANSWER,
        now=utc_now(),
    )
