"""Somebody does not sign in: they are told that their roles will end, or that they have."""

from datetime import datetime

from sqlalchemy.orm import Session

from notify_svc.emails import inactive, inactive_ended
from notify_svc.use_cases.store_notice import Draft, store_notice
from shared.contracts import InactiveRolesEnded, InactivityWarned
from shared.messaging.envelope import Envelope


def warn_inactive(session: Session, message: InactivityWarned, envelope: Envelope, now: datetime) -> None:
    """Stores one notice for the person, of all roles that will end."""
    draft = Draft(template=inactive.EMAIL.name, recipient=message.holder, context=inactive.context(message))
    store_notice(session, draft, envelope, now)


def tell_inactive_ended(session: Session, message: InactiveRolesEnded, envelope: Envelope, now: datetime) -> None:
    """Stores one notice for the person, of all roles that have ended."""
    context = inactive_ended.context(message)
    store_notice(
        session, Draft(template=inactive_ended.EMAIL.name, recipient=message.holder, context=context), envelope, now
    )
