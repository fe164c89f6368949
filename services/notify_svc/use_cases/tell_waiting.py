"""An approval still waits: those concerned are reminded, asked besides, or told that it expires."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from notify_svc.emails import (
    escalated,
    escalated_first,
    expiry_notice,
    expiry_notice_requester,
    nudge,
    reminder,
)
from notify_svc.emails.email import Context, Email
from notify_svc.tables import ClosedApproval
from notify_svc.use_cases.ask_officials import OWN_REQUEST, TOO_LATE
from notify_svc.use_cases.store_notice import Draft, store_notice
from shared.contracts import (
    ApprovalEscalated,
    ApprovalNudged,
    Awaited,
    ExpiryAnnounced,
    Official,
    Person,
    ReminderDue,
)
from shared.messaging.envelope import Envelope


def remind_officials(session: Session, message: ReminderDue, envelope: Envelope, now: datetime) -> None:
    """Stores a reminder for each official who may decide."""
    drafts = [_draft(reminder.EMAIL, message, each, reminder.context(message, each)) for each in _each(message)]
    _store(session, message, drafts, envelope, now)


def pass_on_nudge(session: Session, message: ApprovalNudged, envelope: Envelope, now: datetime) -> None:
    """Stores, for each official who may decide, that the requester would like an answer."""
    drafts = [_draft(nudge.EMAIL, message, each, nudge.context(message, each)) for each in _each(message)]
    _store(session, message, drafts, envelope, now)


def tell_escalated(session: Session, message: ApprovalEscalated, envelope: Envelope, now: datetime) -> None:
    """Asks the officials who were added, and tells those who had been asked before."""
    _store(session, message, list(_escalated(message)), envelope, now)


def tell_expiry_near(session: Session, message: ExpiryAnnounced, envelope: Envelope, now: datetime) -> None:
    """Stores a notice for the requester and for each official who may decide."""
    own = _draft(expiry_notice_requester.EMAIL, message, message.requester, expiry_notice_requester.context(message))
    drafts = [
        _draft(expiry_notice.EMAIL, message, each, expiry_notice.context(message, each)) for each in _each(message)
    ]
    _store(session, message, [own, *drafts], envelope, now)


def _each(message: Awaited) -> list[Official]:
    """Returns the officials to whom a mail of its own goes."""
    return [official for official in message.officials if official.official_id not in message.by_digest]


def _escalated(message: ApprovalEscalated) -> Iterator[Draft]:
    for official in _each(message):
        email = escalated if official.official_id in message.newly_asked else escalated_first
        yield _draft(email.EMAIL, message, official, email.context(message, official))


def _store(session: Session, message: Awaited, drafts: list[Draft], envelope: Envelope, now: datetime) -> None:
    """Stores the notices; skipped when the approval was closed, and for an official who is the requester."""
    closed = session.get(ClosedApproval, message.approval_id) is not None
    for draft in drafts:
        own = isinstance(draft.recipient, Official) and draft.recipient.user_id == message.requester.user_id
        store_notice(session, draft, envelope, now, skip=OWN_REQUEST if own else TOO_LATE if closed else None)


def _draft(email: Email, message: Awaited, recipient: Person | Official, context: Context) -> Draft:
    return Draft(
        template=email.name,
        recipient=recipient,
        context=context,
        request_id=message.request_id,
        approval_id=message.approval_id,
        not_before=message.not_before,
    )
