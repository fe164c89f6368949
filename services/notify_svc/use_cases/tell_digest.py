"""Several approvals wait for an official: one mail lists them."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from notify_svc.emails import digest
from notify_svc.use_cases import digest_entries
from notify_svc.use_cases.ask_officials import TOO_LATE
from notify_svc.use_cases.store_notice import Draft, store_notice
from shared.contracts import DigestDue
from shared.messaging.envelope import Envelope


def tell_digest(session: Session, message: DigestDue, envelope: Envelope, now: datetime) -> None:
    """Stores one notice of what is not closed yet; skipped when all of it is."""
    closed = digest_entries.closed_of(session, [entry.approval_id for entry in message.entries])
    entries = tuple(entry for entry in message.entries if entry.approval_id not in closed)
    draft = Draft(
        template=digest.EMAIL.name,
        recipient=message.official,
        context=digest.context(replace(message, entries=entries or message.entries)),
        not_before=message.not_before,
    )
    stored = store_notice(session, draft, envelope, now, skip=None if entries else TOO_LATE)
    if stored is not None and entries:
        digest_entries.keep(session, stored, [entry.approval_id for entry in entries])
