"""Somebody does not sign in: they are told that their roles will end, or that they have."""

from datetime import datetime

from sqlalchemy import DateTime, cast
from sqlalchemy.orm import Session

from notify_svc.emails import inactive, inactive_ended
from notify_svc.tables import Notice
from notify_svc.use_cases.calling_off import skip_unsent
from notify_svc.use_cases.store_notice import Draft, store_notice
from shared.contracts import InactiveRolesEnded, InactivityWarned, SignedIn
from shared.messaging.envelope import Envelope

SIGNED_IN = "The person signed in before the mail was sent."


def warn_inactive(session: Session, message: InactivityWarned, envelope: Envelope, now: datetime) -> None:
    """Stores one notice for the person, of all roles that will end."""
    draft = Draft(template=inactive.EMAIL.name, recipient=message.holder, context=inactive.context(message))
    store_notice(session, draft, envelope, now)


def call_off_warnings(session: Session, message: SignedIn, _envelope: Envelope, now: datetime) -> None:
    """Skips what has not been sent yet of warnings that did not know of this sign-in."""
    last = Notice.context["last_sign_in_at"].astext
    skip_unsent(
        session,
        Notice.recipient_id == message.user_id,
        Notice.template == inactive.EMAIL.name,
        last.is_(None) | (cast(last, DateTime(timezone=True)) < message.signed_in_at),
        reason=SIGNED_IN,
        now=now,
    )


def tell_inactive_ended(session: Session, message: InactiveRolesEnded, envelope: Envelope, now: datetime) -> None:
    """Stores one notice for the person, of all roles that have ended."""
    context = inactive_ended.context(message)
    store_notice(
        session, Draft(template=inactive_ended.EMAIL.name, recipient=message.holder, context=context), envelope, now
    )
