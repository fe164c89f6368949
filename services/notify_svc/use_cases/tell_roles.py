"""Roles that end, and organizations with few officials: whoever is concerned is told."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from notify_svc.domain.notices import State
from notify_svc.emails import few_officials, given_back, removed, revoked, role_ended, role_ends_soon
from notify_svc.emails.ended import context_of
from notify_svc.tables import Notice
from notify_svc.use_cases.store_notice import Draft, store_notice
from shared.contracts import EndedBecause, FewOfficials, RoleEndsSoon, RoleGivenBack, RoleRemoved
from shared.messaging.envelope import Envelope

TEMPLATES = {
    EndedBecause.REVOKED: revoked.EMAIL.name,
    EndedBecause.REMOVED: removed.EMAIL.name,
    EndedBecause.REVIEW: removed.EMAIL.name,
    EndedBecause.ENDED: role_ended.EMAIL.name,
}
"""Who gave a role back, or closed an account, knows; of inactivity one mail tells for all roles: InactiveRolesEnded."""

OVERTAKEN = "The role ended before the mail was sent."


def tell_removed(session: Session, message: RoleRemoved, envelope: Envelope, now: datetime) -> None:
    """Stores a notice for the holder, where they are to be told; that it ends soon is told no more."""
    _call_off(session, message, now)
    template = TEMPLATES.get(message.because)
    if template is not None:
        draft = Draft(
            template=template, recipient=message.holder, context=context_of(message), not_before=message.not_before
        )
        store_notice(session, draft, envelope, now)


def _call_off(session: Session, message: RoleRemoved, now: datetime) -> None:
    unsent = update(Notice).where(
        Notice.recipient_id == message.holder.user_id,
        Notice.template == role_ends_soon.EMAIL.name,
        Notice.state == State.QUEUED,
        Notice.context["grant_id"].astext == str(message.grant_id),
    )
    session.execute(unsent.values(state=State.SKIPPED, reason=OVERTAKEN, due_at=None, ended_at=now))


def tell_ends_soon(session: Session, message: RoleEndsSoon, envelope: Envelope, now: datetime) -> None:
    """Stores a notice for the holder, for the mail hours of the organization."""
    draft = Draft(
        template=role_ends_soon.EMAIL.name,
        recipient=message.holder,
        context=role_ends_soon.context(message),
        not_before=message.not_before,
    )
    store_notice(session, draft, envelope, now)


def tell_given_back(session: Session, message: RoleGivenBack, envelope: Envelope, now: datetime) -> None:
    """Stores a notice for each official."""
    for official in message.officials:
        draft = Draft(template=given_back.EMAIL.name, recipient=official, context=given_back.context(message, official))
        store_notice(session, draft, envelope, now)


def tell_few(session: Session, message: FewOfficials, envelope: Envelope, now: datetime) -> None:
    """Stores a notice for each official, for the mail hours of the organization."""
    for official in message.officials:
        draft = Draft(
            template=few_officials.EMAIL.name,
            recipient=official,
            context=few_officials.context(message, official),
            not_before=message.not_before,
        )
        store_notice(session, draft, envelope, now)
