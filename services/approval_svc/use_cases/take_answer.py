"""The requester answered a question: what they corrected holds from now on, and the clock goes on."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from approval_svc import queries, question_queries
from approval_svc.domain.questions import OPEN, QuestionState
from approval_svc.tables import QuestionRow, RequestRow
from approval_svc.use_cases import resting, telling
from approval_svc.use_cases.ending_questions import record
from approval_svc.use_cases.questioning import for_officials, labels, who_asks
from approval_svc.use_cases.timing import timing_of
from shared import audit
from shared.audit import Action
from shared.contracts import Correctable, Correction, InformationProvided, InformationReceived
from shared.messaging.inbox import NotYetError
from shared.messaging.outbox import publish


def take_answer(session: Session, message: InformationProvided, at_most: timedelta, now: datetime) -> None:
    """Keeps the answer and tells who asked; `at_most` is how long a link may work whatever the policy says.

    An answer that comes when nothing is to be decided any more is kept too, and what it corrects: other parts of the
    request may wait still. A second answer changes nothing.

    Raises:
        NotYetError: the question is not known here.
    """
    request = queries.lock_request(session, message.request_id)
    question = question_queries.find_question(session, message.question_id) if request else None
    if request is None or question is None:
        raise NotYetError(f"question {message.question_id}")
    if question.answered_at is not None:
        return
    _keep(question, message, now)
    # Answers may overtake one another, after a dead letter was replayed.
    newer = question_queries.corrected_after(session, request.id, message.answered_at)
    for correction in message.corrections:
        if correction.field not in newer:
            _correct(request, correction)
    before, is_open = question.state, question.state in OPEN
    if is_open:
        question.state, question.state_since, question.next_at = QuestionState.ANSWERED, now, None
    session.flush()
    _record(session, question, before, now)
    if is_open:
        resting.resume(session, question.approval, now)
        _tell_officials(session, question, at_most, now)


def _keep(question: QuestionRow, message: InformationProvided, now: datetime) -> None:
    question.answer, question.answered_at = message.answer, message.answered_at
    question.corrections = [
        {"field": each.field.value, "before": each.before, "after": each.after} for each in message.corrections
    ]


def _correct(request: RequestRow, correction: Correction) -> None:
    value = correction.after
    match correction.field:
        case Correctable.PHONE:
            request.requester_phone = value
        case Correctable.EMPLOYEE_ID:
            request.employee_id = value
        case Correctable.SURVEYOR:
            request.surveyor = {"yes": True, "no": False}.get(value or "")
        case Correctable.SURVEYOR_STATUS:
            request.surveyor_status = value
        case Correctable.FEDERAL_SURVEYOR_ID:
            request.federal_surveyor_id = value


def _record(session: Session, question: QuestionRow, before: QuestionState, now: datetime) -> None:
    approval, name = question.approval, question.approval.request.requester_name
    telling.note(
        session,
        f"{name} answered the question of {who_asks(question).acting}.",
        request_id=approval.request_id,
        approval_id=approval.id,
        now=now,
    )
    corrected = [each["field"] or "" for each in question.corrections]
    if corrected:
        # For every official of the request: it is what all of them decide on.
        telling.note(session, f"{name} corrected: {labels(corrected)}.", request_id=approval.request_id, now=now)
    record(
        session,
        approval,
        question,
        Action.APPROVAL_QUESTION_ANSWERED,
        now,
        before={"question_state": before},
        after={"corrected": corrected},
        on_behalf_of=audit.user(approval.request.requester_user_id),
    )


def _tell_officials(session: Session, question: QuestionRow, at_most: timedelta, now: datetime) -> None:
    approval = question.approval
    values = for_officials(session, question, timing_of(session, approval), at_most, now)
    if not values["told"]:
        return
    # At once, as what asks for a decision is mailed: whoever asked waits for it.
    message = InformationReceived(
        **values | {"not_before": now},
        answer=question.answer or "",
        corrections=tuple(_correction(each) for each in question.corrections),
        answered_at=question.answered_at or now,
    )
    publish(session, message, correlation_id=approval.request.correlation_id, now=now)


def _correction(stored: dict[str, str | None]) -> Correction:
    return Correction(field=Correctable(stored["field"] or ""), before=stored["before"], after=stored["after"])
