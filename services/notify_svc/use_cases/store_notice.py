"""Row first: a notice is stored, and its own mail queue told of it, before anything is sent."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from notify_svc.domain.addresses import why_unusable
from notify_svc.domain.notices import TAKEN_UP_WITHIN, State
from notify_svc.emails.email import Context
from notify_svc.tables import Notice, PersonsZone
from notify_svc.use_cases.give_up import audit_failure, tell_failed
from shared.contracts import NoticeQueued, Official, Person
from shared.ids import new_id
from shared.messaging.envelope import Envelope
from shared.messaging.outbox import publish
from shared.texts import one_line


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A notice to be: one email to one person, and what it is about.

    `not_before` is when the mail may go out at the earliest; None: at once.
    """

    template: str
    recipient: Person | Official
    context: Context
    request_id: UUID | None = None
    approval_id: UUID | None = None
    not_before: datetime | None = None

    def waits(self, now: datetime) -> bool:
        """Whether the mail may not go out yet."""
        return self.not_before is not None and self.not_before > now


def store_notice(
    session: Session, draft: Draft, envelope: Envelope, now: datetime, *, skip: str | None = None
) -> UUID | None:
    """Stores one notice and writes `NoticeQueued`; the same message, recipient and template do so once.

    Returns the id of the notice, or None when it was stored before.

    A recipient without a usable address gets nothing: the notice is skipped and `NoticeFailed` says so, because
    whoever counts on the mail must hear that it will not come. `skip` is another reason not to send. What waits for
    its hours is queued by the sweep when these begin.
    """
    unusable = why_unusable(draft.recipient.email)
    notice_id = _insert(session, draft, envelope, now, reason=skip or unusable)
    if notice_id is None or skip:
        return notice_id
    if unusable:
        notice = session.get_one(Notice, notice_id)
        audit_failure(session, notice, None, unusable, now)
        tell_failed(session, notice, unusable, now, permanent=True)
    elif not draft.waits(now):
        queued = NoticeQueued(notice_id=notice_id, queued_at=now)
        publish(session, queued, correlation_id=envelope.correlation_id, now=now)
    return notice_id


def _by_their_clock(session: Session, draft: Draft) -> Context:
    """Returns the context with the time zone of the recipient's account, which their pages have, where it is known.

    Otherwise it is what the directory has for an official, or the organization's.
    """
    own = session.get(PersonsZone, draft.recipient.user_id)
    return draft.context | {"zone": own.time_zone} if own else draft.context


def _insert(session: Session, draft: Draft, envelope: Envelope, now: datetime, *, reason: str | None) -> UUID | None:
    """Returns the new notice's id, or None when it was stored before."""
    statement = insert(Notice).values(
        id=new_id(),
        caused_by=envelope.message_id,
        correlation_id=envelope.correlation_id,
        request_id=draft.request_id,
        approval_id=draft.approval_id,
        template=draft.template,
        context=_by_their_clock(session, draft),
        recipient_id=draft.recipient.user_id,
        recipient_name=one_line(draft.recipient.name),
        recipient_address=draft.recipient.email,
        state=State.SKIPPED if reason else State.QUEUED,
        reason=reason,
        written_at=now,
        not_before=draft.not_before,
        due_at=None if reason else draft.not_before if draft.waits(now) else now + TAKEN_UP_WITHIN,
        ended_at=now if reason else None,
    )
    return session.scalar(statement.on_conflict_do_nothing().returning(Notice.id))
