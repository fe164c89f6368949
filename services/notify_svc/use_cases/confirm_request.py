"""A role request was submitted: its requester gets a confirmation."""

from datetime import datetime

from sqlalchemy.orm import Session

from notify_svc.emails import request_received
from notify_svc.use_cases.store_notice import Draft, store_notice
from shared.contracts import RoleRequested
from shared.messaging.envelope import Envelope


def confirm_request(session: Session, message: RoleRequested, envelope: Envelope, now: datetime) -> None:
    """Stores the notice for the requester."""
    draft = Draft(
        template=request_received.EMAIL.name,
        recipient=message.requester,
        context=request_received.context(message),
        request_id=message.request_id,
    )
    store_notice(session, draft, envelope, now)
