"""A question to the requester is waited for no more: the clock goes on without its answer, and who asked is told."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from approval_svc import queries, question_queries
from approval_svc.domain.questions import QuestionState
from approval_svc.mail_queries import OF_QUESTIONS
from approval_svc.tables import QuestionRow
from approval_svc.use_cases import resting, telling
from approval_svc.use_cases.ending_questions import record
from approval_svc.use_cases.questioning import for_officials
from approval_svc.use_cases.timing import Timing, timing_of
from shared.audit import Action
from shared.contracts import NoticeFailed, QuestionLapsed
from shared.messaging.outbox import publish


def lapse(session: Session, question: QuestionRow, timing: Timing, at_most: timedelta, now: datetime) -> None:
    """Lets the clock go on; an answer that comes later is still taken. The caller holds the request."""
    approval, before = question.approval, question.state
    question.state, question.state_since, question.next_at = QuestionState.LAPSED, now, None
    session.flush()
    resting.resume(session, approval, now)
    refused = question.refused_at is not None
    values = for_officials(session, question, timing, at_most, now)
    if values["told"]:
        message = QuestionLapsed(**values, asked_at=question.asked_at, lapsed_at=now, refused=refused)
        publish(session, message, correlation_id=approval.request.correlation_id, now=now)
    name = approval.request.requester_name
    said = f"The question did not reach {name}, whose mail is refused" if refused else f"{name} did not answer in time"
    text = f"{said}: the deadlines go on."
    telling.note(session, text, request_id=approval.request_id, approval_id=approval.id, now=now)
    after: dict[str, object] = {"refused": True} if refused else {}
    record(
        session,
        approval,
        question,
        Action.APPROVAL_QUESTION_LAPSED,
        now,
        before={"question_state": before},
        after=after,
    )


def lapse_refused(session: Session, message: NoticeFailed, at_most: timedelta, now: datetime) -> None:
    """Lets a question lapse whose mail, or reminder, the requester's mail server refused for good.

    Nobody can answer what they have not heard of: who asked learns of it now, and not when the time for an answer is
    over. Mail of an earlier question says nothing of the present one.
    """
    if not message.permanent or message.template not in OF_QUESTIONS:
        return
    request = queries.lock_request(session, message.request_id) if message.request_id else None
    for approval in request.approvals if request else []:
        question = question_queries.open_question(session, approval) if approval.id == message.approval_id else None
        if question is None or question.state is not QuestionState.WAITING:
            continue
        if message.written_at is None or question.asked_at <= message.written_at:
            question.refused_at = now
            lapse(session, question, timing_of(session, approval), at_most, now)
