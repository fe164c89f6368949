"""Every approval of a request has ended: its requester gets one mail that tells all outcomes."""

from datetime import datetime

from sqlalchemy.orm import Session

from notify_svc.emails import approved, decided_in_part, nobody_decided, rejected
from notify_svc.emails.email import Email
from notify_svc.emails.outcomes import context_of
from notify_svc.use_cases.store_notice import Draft, store_notice
from shared.catalog import the_catalog
from shared.contracts import Decision, RequestDecided
from shared.messaging.envelope import Envelope


def tell_outcome(session: Session, message: RequestDecided, envelope: Envelope, now: datetime) -> None:
    """Stores the notice for the requester."""
    draft = Draft(
        template=_email(message).name,
        recipient=message.requester,
        context=context_of(message, needs_discipline=_needs_discipline(message)),
        request_id=message.request_id,
        not_before=message.not_before,
    )
    store_notice(session, draft, envelope, now)


def _email(message: RequestDecided) -> Email:
    decisions = {outcome.decision for outcome in message.outcomes}
    if message.expired:
        return decided_in_part.EMAIL if decisions else nobody_decided.EMAIL
    if decisions == {Decision.APPROVED}:
        return approved.EMAIL
    return rejected.EMAIL if decisions == {Decision.REJECTED} else decided_in_part.EMAIL


def _needs_discipline(message: RequestDecided) -> bool:
    """Whether an approved role lacks the discipline that it must have (access job aid 3.1, step 4.12, Figure 20)."""
    lacking = any(one.decision is Decision.APPROVED and not one.disciplines for one in message.outcomes)
    role = the_catalog().find_role(message.role_id)
    return lacking and role is not None and role.has_disciplines
