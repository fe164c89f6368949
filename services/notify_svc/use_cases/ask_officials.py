"""An approval was put before officials: each of those newly asked gets a mail with a link of their own."""

from datetime import datetime

from sqlalchemy.orm import Session

from notify_svc.emails import decision_wanted
from notify_svc.tables import ClosedApproval
from notify_svc.use_cases.store_notice import Draft, store_notice
from shared.contracts import ApprovalRequested, Official
from shared.messaging.envelope import Envelope

TOO_LATE = "The approval was closed before this notice was written."
OWN_REQUEST = "Nobody is asked to decide their own request."


def ask_officials(session: Session, message: ApprovalRequested, envelope: Envelope, now: datetime) -> None:
    """Stores a notice for each newly asked official.

    It is skipped when the approval was closed in the meantime (messages may overtake each other), and for an
    official who is the requester.
    """
    closed = session.get(ClosedApproval, message.approval_id) is not None
    for official in _newly_asked(message):
        own = official.user_id == message.requester.user_id
        skip = OWN_REQUEST if own else TOO_LATE if closed else None
        store_notice(session, _draft(message, official), envelope, now, skip=skip)


def _newly_asked(message: ApprovalRequested) -> list[Official]:
    told = set(message.newly_asked) - set(message.by_digest)
    return [official for official in message.officials if official.official_id in told]


def _draft(message: ApprovalRequested, official: Official) -> Draft:
    return Draft(
        template=decision_wanted.EMAIL.name,
        recipient=official,
        context=decision_wanted.context(message, official),
        request_id=message.request_id,
        approval_id=message.approval_id,
        not_before=message.not_before,
    )
