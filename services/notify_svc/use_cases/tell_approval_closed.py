"""An approval needs no decision any more: those who were asked are told, and whoever decided gets a receipt."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from notify_svc.domain.notices import State
from notify_svc.emails import already_handled, decision_recorded, decision_wanted, withdrawn
from notify_svc.emails.closings import context_of
from notify_svc.emails.email import Email
from notify_svc.tables import ClosedApproval, Notice
from notify_svc.use_cases.store_notice import Draft, store_notice
from shared.contracts import ApprovalClosed, ClosedBecause, Official
from shared.messaging.envelope import Envelope

OVERTAKEN = "The approval needed no decision from this official any more before the mail was sent."


def tell_approval_closed(session: Session, message: ApprovalClosed, envelope: Envelope, now: datetime) -> None:
    """Skips what still asks for the decision, then stores a notice for each official who had been asked by mail.

    An official whom no mail reached is not told that it is over: they would not know what. One who decided gets
    the receipt however they came to decide. An approval that moved to other officials closes for these alone.
    """
    _call_off(session, message, now)
    if message.because is ClosedBecause.MOVED:
        return
    _remember_closed(session, message)
    asked = _asked_by_mail(session, message)
    for official in message.officials:
        email = _email(message, official, asked=official.user_id in asked)
        if email is not None:
            store_notice(session, _draft(email, message, official), envelope, now)


def _call_off(session: Session, message: ApprovalClosed, now: datetime) -> None:
    session.execute(
        update(Notice)
        .where(
            Notice.approval_id == message.approval_id,
            Notice.template == decision_wanted.EMAIL.name,
            Notice.state == State.QUEUED,
            Notice.recipient_id.in_([official.user_id for official in message.officials]),
        )
        .values(state=State.SKIPPED, reason=OVERTAKEN, due_at=None, ended_at=now)
    )


def _remember_closed(session: Session, message: ApprovalClosed) -> None:
    row = {"approval_id": message.approval_id, "because": message.because, "closed_at": message.closed_at}
    session.execute(insert(ClosedApproval).values(row).on_conflict_do_nothing())


def _asked_by_mail(session: Session, message: ApprovalClosed) -> set[str]:
    asked = select(Notice.recipient_id).where(
        Notice.approval_id == message.approval_id,
        Notice.template == decision_wanted.EMAIL.name,
        Notice.state.in_([State.SENDING, State.SENT]),
    )
    return set(session.scalars(asked))


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
