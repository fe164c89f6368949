"""A worker takes up a notice: the row says so before anything is sent, so that no other worker sends it too.

So does the ledger: a try that never reports was begun, and it is known when.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from notify_svc.domain.notices import Result, State, mail_id, step
from notify_svc.emails import EMAILS
from notify_svc.emails.email import Context, Email
from notify_svc.tables import AnsweredQuestion, ClosedApproval, Delivery, Notice
from notify_svc.use_cases import digest_entries
from notify_svc.use_cases.give_up import give_up
from notify_svc.use_cases.tell_approval_closed import OVERTAKEN
from notify_svc.use_cases.tell_questions import ANSWERED
from shared.ids import new_id

NO_MORE_TRIES = "The worker stopped while it was sending, each time."


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """What a worker needs to send a notice, outside of any transaction. `attempt` counts from 1."""

    notice_id: UUID
    attempt: int
    template: str
    context: Context
    name: str
    address: str
    mail_id: str
    correlation_id: UUID


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What the settings say about claiming: `keys` sign Message-IDs, whose right side is `mail_domain`."""

    mail_domain: str
    keys: Sequence[str]
    lease: timedelta
    max_attempts: int


def claim_notice(session: Session, notice_id: UUID, terms: Terms, now: datetime) -> Claimed | None:
    """Marks a queued notice as being sent until `now` and the lease, and returns what is to be sent.

    Returns None when there is nothing to do: another worker has it, it was sent already, its approval was
    closed since (which skips it), or every try was broken off (which fails it).
    """
    queued = select(Notice).where(Notice.id == notice_id, Notice.state == State.QUEUED)
    notice = session.scalar(queued.with_for_update(skip_locked=True))
    if notice is None or _overtaken(session, notice, now):
        return None
    if notice.tries >= terms.max_attempts:
        give_up(session, notice, NO_MORE_TRIES, now, permanent=False)
        return None
    notice.state = step(notice.state, State.SENDING)
    notice.attempts += 1
    notice.due_at, notice.held = now + terms.lease, False
    notice.mail_id = notice.mail_id or mail_id(notice.id, terms.keys, terms.mail_domain)
    _begin(session, notice, now)
    return Claimed(
        notice_id=notice.id,
        attempt=notice.attempts,
        template=notice.template,
        context=_context(session, notice),
        name=notice.recipient_name,
        address=notice.recipient_address,
        mail_id=notice.mail_id,
        correlation_id=notice.correlation_id,
    )


def _context(session: Session, notice: Notice) -> Context:
    email = EMAILS.get(notice.template)
    return digest_entries.still_listed(session, notice) if email and email.has_digest_link else notice.context


def _begin(session: Session, notice: Notice, now: datetime) -> None:
    session.add(
        Delivery(
            id=new_id(),
            notice_id=notice.id,
            attempt=notice.attempts,
            repeat=notice.attempts > 1 and _may_have_arrived(session, notice),
            result=Result.BEGUN,
            code=None,
            answer="",
            begun_at=now,
            ended_at=None,
        )
    )


def _may_have_arrived(session: Session, notice: Notice) -> bool:
    unclear = exists().where(Delivery.notice_id == notice.id, Delivery.result.in_([Result.BEGUN, Result.UNKNOWN]))
    return session.scalars(select(unclear)).one()


def _overtaken(session: Session, notice: Notice, now: datetime) -> bool:
    """Skips a notice about what waits when that was over while an earlier try was under way."""
    over = _why_over(session, notice, EMAILS.get(notice.template))
    if over is None:
        return False
    notice.state = step(notice.state, State.SKIPPED)
    notice.reason, notice.due_at, notice.ended_at = over, None, now
    return True


def _why_over(session: Session, notice: Notice, email: Email | None) -> str | None:
    if email is None:
        return None
    if email.has_digest_link:
        return None if digest_entries.still_listed(session, notice)[digest_entries.ENTRIES] else OVERTAKEN
    if email.until_answered and session.get(AnsweredQuestion, UUID(notice.context["question_id"])) is not None:
        return ANSWERED
    is_closed = email.while_open and session.get(ClosedApproval, notice.approval_id) is not None
    return OVERTAKEN if is_closed else None
