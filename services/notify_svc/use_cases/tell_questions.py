"""An official asks the requester: the question, reminders of it, the answer, or that none came."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from notify_svc.domain.notices import State
from notify_svc.emails import (
    EMAILS,
    answer,
    expiry_notice,
    expiry_notice_requester,
    nudge,
    question,
    question_reminder,
    question_unanswered,
    reminder,
)
from notify_svc.emails.email import Context, Email
from notify_svc.tables import AnsweredQuestion, ClosedApproval, Notice
from notify_svc.use_cases.ask_officials import OWN_REQUEST, TOO_LATE
from notify_svc.use_cases.store_notice import Draft, store_notice
from shared.contracts import (
    AboutQuestion,
    AnswerAwaited,
    InformationAsked,
    InformationProvided,
    InformationReceived,
    Official,
    QuestionLapsed,
)
from shared.messaging.envelope import Envelope

ANSWERED = "The question was answered before the mail was sent."
RESTS = "A question to the requester stopped the clock before the mail was sent."
URGENT = [each.EMAIL.name for each in (reminder, nudge, expiry_notice, expiry_notice_requester)]
"""What says until when somebody has to decide: not so while the clock rests."""
UNTIL_ANSWERED = [email.name for email in EMAILS.values() if email.until_answered]


def tell_question(session: Session, message: InformationAsked, envelope: Envelope, now: datetime) -> None:
    """Stores the question for the requester; what urges others, and is not sent yet, is skipped."""
    _skip(session, message.approval_id, URGENT, RESTS, now)
    draft = _for_requester(question.EMAIL, message, question.context(message))
    store_notice(session, draft, envelope, now, skip=_why_not(session, message))


def remind_of_question(session: Session, message: AnswerAwaited, envelope: Envelope, now: datetime) -> None:
    """Stores a reminder for the requester, for the mail hours."""
    draft = _for_requester(question_reminder.EMAIL, message, question_reminder.context(message), message.not_before)
    store_notice(session, draft, envelope, now, skip=_why_not(session, message))


def settle_question(session: Session, message: InformationProvided, _envelope: Envelope, now: datetime) -> None:
    """Skips what is still to be told of the question, and remembers that it was answered."""
    row = {"question_id": message.question_id, "answered_at": message.answered_at}
    session.execute(insert(AnsweredQuestion).values(row).on_conflict_do_nothing())
    _skip(session, message.approval_id, UNTIL_ANSWERED, ANSWERED, now, question_id=message.question_id)


def pass_on_answer(session: Session, message: InformationReceived, envelope: Envelope, now: datetime) -> None:
    """Stores the answer for the officials who are told of it."""
    drafts = ((each, answer.context(message, each)) for each in _told(message))
    _store(session, message, answer.EMAIL, drafts, envelope, now)


def tell_lapsed(session: Session, message: QuestionLapsed, envelope: Envelope, now: datetime) -> None:
    """Stores, for the officials who are told of it, that no answer came."""
    drafts = ((each, question_unanswered.context(message, each)) for each in _told(message))
    _store(session, message, question_unanswered.EMAIL, drafts, envelope, now)


def _told(message: InformationReceived | QuestionLapsed) -> list[Official]:
    return [official for official in message.officials if official.official_id in message.told]


def _store(
    session: Session,
    message: InformationReceived | QuestionLapsed,
    email: Email,
    drafts: Iterator[tuple[Official, Context]],
    envelope: Envelope,
    now: datetime,
) -> None:
    closed = session.get(ClosedApproval, message.approval_id) is not None
    for official, context in drafts:
        own = official.user_id == message.requester.user_id
        draft = Draft(
            template=email.name,
            recipient=official,
            context=context,
            request_id=message.request_id,
            approval_id=message.approval_id,
            not_before=message.not_before,
        )
        store_notice(session, draft, envelope, now, skip=OWN_REQUEST if own else TOO_LATE if closed else None)


def _for_requester(email: Email, message: AboutQuestion, context: Context, not_before: datetime | None = None) -> Draft:
    return Draft(
        template=email.name,
        recipient=message.requester,
        context=context,
        request_id=message.request_id,
        approval_id=message.approval_id,
        not_before=not_before,
    )


def _why_not(session: Session, message: AboutQuestion) -> str | None:
    if session.get(ClosedApproval, message.approval_id) is not None:
        return TOO_LATE
    return ANSWERED if session.get(AnsweredQuestion, message.question_id) is not None else None


def _skip(
    session: Session,
    approval_id: UUID,
    templates: list[str],
    reason: str,
    now: datetime,
    *,
    question_id: UUID | None = None,
) -> None:
    """Skips unsent notices about an approval; with a question only those about it."""
    unsent = update(Notice).where(
        Notice.approval_id == approval_id, Notice.template.in_(templates), Notice.state == State.QUEUED
    )
    if question_id is not None:
        unsent = unsent.where(Notice.context["question_id"].astext == str(question_id))
    session.execute(unsent.values(state=State.SKIPPED, reason=reason, due_at=None, ended_at=now))
