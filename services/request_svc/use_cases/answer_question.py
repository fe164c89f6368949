"""The requester answers a question and corrects what it names. approval_svc hears of it, and who asked is told."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from request_svc import queries, question_queries
from request_svc.domain import questions
from request_svc.domain.questions import Change, Reply
from request_svc.domain.refusals import IncompleteError
from request_svc.domain.requests import Happening, lane
from request_svc.tables import Question, RoleRequest
from request_svc.use_cases.timeline import note
from shared import audit
from shared.audit import Action
from shared.contracts import Correctable, Correction, InformationProvided
from shared.messaging.outbox import publish


def answer_question(
    session: Session, request_id: UUID, question_id: UUID, user_id: str, reply: Reply, now: datetime
) -> None:
    """Keeps the answer, changes the fields that were corrected, and tells approval_svc.

    Raises:
        RequestMissingError, QuestionMissingError: the person was not asked this.
        AlreadyAnsweredError, QuestionOverError: it is too late.
        IncompleteError: the answer or a field lacks something.
    """
    request = queries.lock_request(session, request_id, user_id)
    question = question_queries.question_of(session, request_id, question_id, user_id)
    check_open(question)
    current = values_of(request)
    if problems := questions.problems(question.fields, current, reply):
        raise IncompleteError(problems)
    changes = list(questions.changes(question.fields, current, reply))
    for change in changes:
        _correct(request, change)
    question.answer, question.answered_at, question.ended_at = reply.answer, now, now
    question.corrections = [asdict(change) for change in changes]
    _note(session, question, changes, now)
    _audit(session, question, changes, now)
    publish(
        session,
        _message(question, changes, now),
        correlation_id=request.correlation_id,
        now=now,
        lane=lane(request.category_id, request.organizations),
    )


def check_open(question: Question) -> None:
    """Lets a question pass that can be answered. Raises AlreadyAnsweredError or QuestionOverError."""
    questions.check_open(
        answered_at=question.answered_at,
        ended_at=question.ended_at,
        part=question.part.state,
        withdrawing=question.part.request.is_being_withdrawn,
    )


def values_of(request: RoleRequest) -> dict[str, str | None]:
    """Returns the fields that can be corrected, as the form writes them."""
    return {
        questions.PHONE: request.phone,
        questions.EMPLOYEE_ID: request.employee_id,
        questions.SURVEYOR: None if request.surveyor is None else "yes" if request.surveyor else "no",
        questions.SURVEYOR_STATUS: request.surveyor_status,
        questions.FEDERAL_SURVEYOR_ID: request.federal_surveyor_id,
    }


def _correct(request: RoleRequest, change: Change) -> None:
    if change.field == questions.SURVEYOR:
        request.surveyor = None if change.after is None else change.after == "yes"
    else:
        setattr(request, change.field, change.after)


def _note(session: Session, question: Question, changes: Sequence[Change], now: datetime) -> None:
    part = question.part
    name = part.organization_name
    note(session, part.request_id, Happening.ANSWERED, now, organization=name, words=question.answer)
    if changes:
        words = ", ".join(Correctable(change.field).label for change in changes)
        note(session, part.request_id, Happening.CORRECTED, now, words=words)


def _audit(session: Session, question: Question, changes: Sequence[Change], now: datetime) -> None:
    request = question.part.request
    audit.record(
        session,
        Action.REQUEST_QUESTION_ANSWERED,
        ("request", request.id),
        now=now,
        after={
            "part": question.part.scope,
            "question": question.id,
            "corrected": [change.field for change in changes],
        },
        who=audit.user(request.user_id),
        correlation_id=request.correlation_id,
    )


def _message(question: Question, changes: Sequence[Change], now: datetime) -> InformationProvided:
    return InformationProvided(
        question_id=question.id,
        approval_id=question.approval_id,
        request_id=question.part.request_id,
        answer=question.answer or "",
        corrections=tuple(
            Correction(field=Correctable(change.field), before=change.before, after=change.after) for change in changes
        ),
        answered_at=now,
    )
