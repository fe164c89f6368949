"""An approval needs no decision any more: those who were asked are told, and whoever decided gets a receipt."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from notify_svc.domain.closings import Closing
from notify_svc.domain.notices import State
from notify_svc.emails import EMAILS, already_handled, decision_recorded, withdrawn
from notify_svc.emails.closings import context_of
from notify_svc.emails.email import Email
from notify_svc.tables import ClosedApproval, Notice
from notify_svc.use_cases import digest_entries
from notify_svc.use_cases.store_notice import Draft, store_notice
from shared.contracts import ApprovalClosed, ClosedBecause, Official
from shared.messaging.envelope import Envelope

WHILE_OPEN = [email.name for email in EMAILS.values() if email.while_open]
ASKING = [email.name for email in EMAILS.values() if email.has_link]
OVERTAKEN = "The approval needed no decision from this official any more before the mail was sent."


def tell_approval_closed(session: Session, message: ApprovalClosed, envelope: Envelope, now: datetime) -> None:
    """Skips what is still to be told of the waiting, then stores a notice for each official who had been asked by mail.

    An official whom no mail reached is not told that it is over: they would not know what. One who decided gets
    the receipt however they came to decide. An approval that moved to other officials closes for these alone.
    """
    if message.because is ClosedBecause.MOVED:
        call_off(session, message.approval_id, now, [official.user_id for official in message.officials])
        return
    remember_closed(session, message.approval_id, Closing(message.because), message.closed_at)
    asked = asked_by_mail(session, message.approval_id)
    call_off(session, message.approval_id, now)
    for official in message.officials:
        email = _email(message, official, asked=official.user_id in asked)
        if email is not None:
            store_notice(session, _draft(email, message, official), envelope, now)


def call_off(session: Session, approval_id: UUID, now: datetime, recipients: Sequence[str] | None = None) -> None:
    """Skips every unsent notice about the waiting of an approval, or only those to some people (user ids)."""
    unsent = update(Notice).where(
        Notice.approval_id == approval_id, Notice.template.in_(WHILE_OPEN), Notice.state == State.QUEUED
    )
    if recipients is not None:
        unsent = unsent.where(Notice.recipient_id.in_(recipients))
    session.execute(unsent.values(state=State.SKIPPED, reason=OVERTAKEN, due_at=None, ended_at=now))
    digest_entries.call_off(session, approval_id, now, recipients, OVERTAKEN)


def remember_closed(session: Session, approval_id: UUID, because: Closing, at: datetime) -> None:
    """Keeps that the approval needs no decision any more, for messages that come late and tries that are under way."""
    row = {"approval_id": approval_id, "because": because, "closed_at": at}
    session.execute(insert(ClosedApproval).values(row).on_conflict_do_nothing())


def asked_by_mail(session: Session, approval_id: UUID) -> set[str]:
    """Returns the user ids of those whom a mail with a link to the approval has reached, or is reaching.

    A digest counts unless its reader chose to have it daily; what it lists is known until `call_off`.
    """
    asked = select(Notice.recipient_id).where(
        Notice.approval_id == approval_id,
        Notice.template.in_(ASKING),
        Notice.state.in_([State.SENDING, State.SENT]),
    )
    return set(session.scalars(asked)) | digest_entries.readers(session, approval_id)


def _email(message: ApprovalClosed, official: Official, *, asked: bool) -> Email | None:
    if message.because is ClosedBecause.DECIDED and official.official_id == message.decided_by_official:
        return decision_recorded.EMAIL
    if not asked:
        return None
    return withdrawn.EMAIL if message.because is ClosedBecause.WITHDRAWN else already_handled.EMAIL


def _draft(email: Email, message: ApprovalClosed, official: Official) -> Draft:
    return Draft(
        template=email.name,
        recipient=official,
        context=context_of(message, official),
        request_id=message.request_id,
        approval_id=message.approval_id,
    )
