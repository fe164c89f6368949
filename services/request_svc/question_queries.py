"""Reads of the questions that officials ask."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from request_svc.domain.refusals import QuestionMissingError
from request_svc.domain.requests import PartState
from request_svc.tables import Part, Question, RoleRequest


def question_of(session: Session, request_id: UUID, question_id: UUID, user_id: str) -> Question:
    """Returns a question about the person's request with its part and request. Raises QuestionMissingError.

    It is read afresh: whoever holds the request has waited for another answer, perhaps.
    """
    wanted = (
        select(Question)
        .join(Question.part)
        .join(Part.request)
        .where(Question.id == question_id, Part.request_id == request_id, RoleRequest.user_id == user_id)
        .options(contains_eager(Question.part).contains_eager(Part.request))
        .execution_options(populate_existing=True)
    )
    found = session.scalar(wanted)
    if found is None:
        raise QuestionMissingError(question_id)
    return found


def open_questions(session: Session, user_id: str) -> dict[UUID, list[Question]]:
    """Returns what the person can answer, by request, the question that was asked first coming first."""
    wanted = (
        select(Question)
        .join(Question.part)
        .join(Part.request)
        .where(
            RoleRequest.user_id == user_id,
            RoleRequest.withdrawal_asked_at.is_(None),
            Part.state == PartState.PENDING,
            Question.ended_at.is_(None),
        )
        .order_by(Question.asked_at, Question.id)
        .options(contains_eager(Question.part))
    )
    found: dict[UUID, list[Question]] = {}
    for question in session.scalars(wanted):
        found.setdefault(question.part.request_id, []).append(question)
    return found


def questions_of(session: Session, part: Part) -> Sequence[Question]:
    """Returns every question about the part, the first one first."""
    asked = select(Question).where(Question.part_id == part.id)
    return session.scalars(asked.order_by(Question.asked_at, Question.id)).all()
