"""Officials hand an approval over or ask each other: whoever is to know of it is told."""

from datetime import datetime

from sqlalchemy.orm import Session

from notify_svc.emails import handed_over, opinion_asked, opinion_given
from notify_svc.emails.email import Context, Email
from notify_svc.tables import ClosedApproval
from notify_svc.use_cases.ask_officials import OWN_REQUEST, TOO_LATE
from notify_svc.use_cases.store_notice import Draft, store_notice
from shared.contracts import ApprovalHandedOver, Official, OpinionAsked, OpinionGiven
from shared.messaging.envelope import Envelope

Talk = ApprovalHandedOver | OpinionAsked | OpinionGiven


def tell_handed_over(session: Session, message: ApprovalHandedOver, envelope: Envelope, now: datetime) -> None:
    """Stores a notice for the official to whom the approval was handed over."""
    for official in message.officials:
        if official.official_id == message.handed_to:
            _store(session, handed_over.EMAIL, message, official, handed_over.context(message, official), envelope, now)


def tell_opinion_asked(session: Session, message: OpinionAsked, envelope: Envelope, now: datetime) -> None:
    """Stores a notice for the official whose opinion is wanted."""
    _store(session, opinion_asked.EMAIL, message, message.official, opinion_asked.context(message), envelope, now)


def tell_opinion_given(session: Session, message: OpinionGiven, envelope: Envelope, now: datetime) -> None:
    """Stores a notice for each official who is to know the opinion."""
    for official in message.officials:
        if official.official_id in message.told:
            context = opinion_given.context(message, official)
            _store(session, opinion_given.EMAIL, message, official, context, envelope, now)


def _store(
    session: Session,
    email: Email,
    message: Talk,
    official: Official,
    context: Context,
    envelope: Envelope,
    now: datetime,
) -> None:
    """Stores the notice; skipped when the approval was closed, and for an official who is the requester."""
    closed = session.get(ClosedApproval, message.approval_id) is not None
    own = official.user_id == message.requester.user_id
    draft = Draft(
        template=email.name,
        recipient=official,
        context=context,
        request_id=message.request_id,
        approval_id=message.approval_id,
    )
    store_notice(session, draft, envelope, now, skip=OWN_REQUEST if own else TOO_LATE if closed else None)
