"""An absence has begun: the official is told, and who acts for them. It is over: nothing more is told of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from notify_svc.domain.notices import State
from notify_svc.emails import absence_begun, acting_for
from notify_svc.emails.email import Email
from notify_svc.tables import Notice
from notify_svc.use_cases.store_notice import Draft, store_notice
from shared.contracts import AbsenceBegun, AbsenceEnded, Official
from shared.messaging.envelope import Envelope

OVERTAKEN = "The absence was over, or somebody else acted, before the mail was sent."
EMAILS = (absence_begun.EMAIL.name, acting_for.EMAIL.name)


def tell_absence(session: Session, message: AbsenceBegun, envelope: Envelope, now: datetime) -> None:
    """Stores a notice for the official, and one for the substitute where there is one, in place of unsent ones."""
    _call_off(session, message.absence_id, now)
    store_notice(session, _draft(absence_begun.EMAIL, message, message.official), envelope, now)
    if message.substitute is not None:
        store_notice(session, _draft(acting_for.EMAIL, message, message.substitute), envelope, now)


def forget_absence(session: Session, message: AbsenceEnded, _envelope: Envelope, now: datetime) -> None:
    """Skips what has not been sent yet of an absence that is over: it waited for mail hours."""
    _call_off(session, message.absence_id, now)


def _call_off(session: Session, absence_id: UUID, now: datetime) -> None:
    unsent = update(Notice).where(
        Notice.correlation_id == absence_id, Notice.template.in_(EMAILS), Notice.state == State.QUEUED
    )
    session.execute(unsent.values(state=State.SKIPPED, reason=OVERTAKEN, due_at=None, ended_at=now))


def _draft(email: Email, message: AbsenceBegun, reader: Official) -> Draft:
    return Draft(
        template=email.name,
        recipient=reader,
        context=absence_begun.context(message, reader),
        not_before=message.not_before,
    )
