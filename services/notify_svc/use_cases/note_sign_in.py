"""Somebody signed in: they need no warning that they do not, and their mail has the clock that their pages have."""

from datetime import datetime
from zoneinfo import available_timezones

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from notify_svc.tables import PersonsZone
from notify_svc.use_cases.tell_inactivity import call_off_warnings
from shared.contracts import SignedIn
from shared.messaging.envelope import Envelope


def note_sign_in(session: Session, message: SignedIn, envelope: Envelope, now: datetime) -> None:
    """Calls off what the sign-in makes needless, and keeps the person's time zone; the newest one counts."""
    call_off_warnings(session, message, envelope, now)
    if message.time_zone in available_timezones():
        _keep_zone(session, message)


def _keep_zone(session: Session, message: SignedIn) -> None:
    row = insert(PersonsZone).values(
        user_id=message.user_id, time_zone=message.time_zone, known_at=message.signed_in_at
    )
    newest = row.on_conflict_do_update(
        index_elements=[PersonsZone.user_id],
        set_={"time_zone": row.excluded.time_zone, "known_at": row.excluded.known_at},
        where=PersonsZone.known_at <= row.excluded.known_at,
    )
    session.execute(newest)
