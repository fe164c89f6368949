"""Nobody decided in time: the officials who had been asked are told. The requester is told by `tell_outcome`."""

from datetime import datetime

from sqlalchemy.orm import Session

from notify_svc.domain.closings import Closing
from notify_svc.emails import expired
from notify_svc.use_cases.store_notice import Draft, store_notice
from notify_svc.use_cases.tell_approval_closed import asked_by_mail, call_off, remember_closed
from shared.contracts import ApprovalExpired, Official
from shared.messaging.envelope import Envelope


def tell_expired(session: Session, message: ApprovalExpired, envelope: Envelope, now: datetime) -> None:
    """Skips what is still to be told of the waiting, then stores a notice for each official whom a mail had reached."""
    remember_closed(session, message.approval_id, Closing.EXPIRED, message.expired_at)
    asked = asked_by_mail(session, message.approval_id)
    call_off(session, message.approval_id, now)
    for official in message.officials:
        if official.user_id in asked:
            store_notice(session, _draft(message, official), envelope, now)


def _draft(message: ApprovalExpired, official: Official) -> Draft:
    return Draft(
        template=expired.EMAIL.name,
        recipient=official,
        context=expired.context(message, official),
        request_id=message.request_id,
        approval_id=message.approval_id,
        not_before=message.not_before,
    )
