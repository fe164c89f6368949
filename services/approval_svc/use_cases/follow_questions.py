"""Time passed without an answer of the requester: they are reminded, and at last the clock goes on without it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from approval_svc import queries, question_queries
from approval_svc.domain import questions
from approval_svc.domain.questions import Step, StepKind
from approval_svc.tables import ApprovalRow, QuestionRow
from approval_svc.use_cases import telling
from approval_svc.use_cases.ending_questions import record
from approval_svc.use_cases.lapsing import lapse
from approval_svc.use_cases.questioning import about_question, who_asks
from approval_svc.use_cases.timing import Timing, timing_of
from shared.audit import Action
from shared.contracts import AnswerAwaited
from shared.messaging.outbox import publish

BATCH = 100
TRIED_AGAIN_AFTER = timedelta(minutes=15)

log = structlog.get_logger(__name__)


def follow_questions(session: Session, at_most: timedelta, now: datetime) -> int:
    """Does what is due about the earliest hundred questions, and returns of how many requests these were.

    Each thing once, however many beats run; of what became due together only the last. `at_most` is how long a link
    may work whatever the policy says. One request that cannot be handled does not hold up the others.
    """
    # The directory before the request, as everywhere: what the plan tells of escalation reads it.
    queries.hold_directory(session)
    claimed = question_queries.claim_due(session, now, BATCH)
    for request_id in claimed:
        _follow_or_put_aside(session, request_id, at_most, now)
    return len(claimed)


def _follow_or_put_aside(session: Session, request_id: UUID, at_most: timedelta, now: datetime) -> None:
    try:
        with session.begin_nested():
            request = queries.lock_request(session, request_id)
            for approval in request.approvals if request else []:
                _follow(session, approval, at_most, now)
    except Exception:
        log.exception("questions could not be followed", request_id=str(request_id))
        question_queries.put_aside(session, request_id, now, now + TRIED_AGAIN_AFTER)


def _follow(session: Session, approval: ApprovalRow, at_most: timedelta, now: datetime) -> None:
    question = question_queries.open_question(session, approval)
    if question is None or question.next_at is None or question.next_at > now:
        return
    timing = timing_of(session, approval)
    planned = questions.steps(timing.policy, timing.calendar, question.asked_at)
    due = questions.due(planned, question.steps_done, now)
    question.steps_done += len(due)
    question.next_at = questions.next_at(planned, now)
    session.flush()
    if due:
        _act(session, question, due, timing, at_most, now)


def _act(
    session: Session, question: QuestionRow, due: Sequence[Step], timing: Timing, at_most: timedelta, now: datetime
) -> None:
    if due[-1].kind is StepKind.LAPSE:
        lapse(session, question, timing, at_most, now)
    else:
        _remind(session, question, due[-1].number, timing, now)


def _remind(session: Session, question: QuestionRow, number: int, timing: Timing, now: datetime) -> None:
    values = about_question(question)
    message = AnswerAwaited(**values, number=number, reminded_at=now, not_before=timing.mail_at(now))
    approval = question.approval
    publish(session, message, correlation_id=approval.request.correlation_id, now=now)
    text = f"Reminded {approval.request.requester_name} of the question of {who_asks(question).acting}."
    telling.note(session, text, request_id=approval.request_id, approval_id=approval.id, now=now)
    record(session, approval, question, Action.APPROVAL_QUESTION_REMINDED, now, after={"number": number})
