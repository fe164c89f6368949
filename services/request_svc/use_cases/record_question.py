"""InformationAsked: an official wants to know something; My Profile asks for the answer."""

from datetime import datetime

from sqlalchemy.orm import Session

from request_svc import queries, question_queries
from request_svc.domain.requests import Happening, PartState
from request_svc.tables import Part, Question
from request_svc.use_cases.ending_questions import end_questions
from request_svc.use_cases.parts import audit_part, part_for
from request_svc.use_cases.timeline import note
from shared.audit import Action
from shared.contracts import InformationAsked


def record_question(session: Session, message: InformationAsked) -> None:
    """Keeps the question; one of before about the part is over. About a part that has ended nothing is asked.

    Raises:
        RequestMissingError, PartMissingError: the message names a request or an organization that is not ours.
    """
    request = queries.lock_request(session, message.request_id)
    part = part_for(request, message.organization)
    if part.state is not PartState.PENDING or session.get(Question, message.question_id) is not None:
        return
    later = [each.asked_at for each in question_queries.questions_of(session, part) if each.asked_at > message.asked_at]
    if not later:
        end_questions(session, part, message.asked_at)
    session.add(_row(part, message, ended_at=min(later, default=None)))
    session.flush()
    name, people = part.organization_name, [message.asked_by.acting]
    note(
        session,
        request.id,
        Happening.QUESTION,
        message.asked_at,
        organization=name,
        people=people,
        words=message.question,
    )
    asked = {"question": message.question_id, "fields": list(message.fields), "approval": message.approval_id}
    audit_part(session, part, Action.REQUEST_QUESTION_ASKED, message.asked_at, before={}, after=asked)


def _row(part: Part, message: InformationAsked, ended_at: datetime | None) -> Question:
    return Question(
        id=message.question_id,
        part=part,
        approval_id=message.approval_id,
        asked_by=message.asked_by.acting,
        authority=message.authority.name,
        text=message.question,
        fields=[field.value for field in message.fields],
        asked_at=message.asked_at,
        clock_goes_on=message.clock_goes_on,
        corrections=[],
        ended_at=ended_at,
    )
