"""Somebody signed in to this service, wherever they were asked for their password."""

from datetime import datetime

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from request_svc.tables import SignInRow
from shared.contracts import SignedIn
from shared.ids import new_id
from shared.messaging.outbox import publish


def note_sign_in(session: Session, user_id: str, now: datetime, time_zone: str | None = None) -> None:
    """Tells of the first sign-in of a day (UTC): roles end when there is none for long, and mails are by their clock.

    identity_svc tells of those who type their password there, and another provider in its place tells nothing.
    """
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    row = insert(SignInRow).values(user_id=user_id, told=now)
    told = row.on_conflict_do_update(
        index_elements=[SignInRow.user_id],
        set_={"told": func.greatest(SignInRow.told, row.excluded.told)},
        where=SignInRow.told < today,
    )
    if session.scalar(told.returning(SignInRow.user_id)) is not None:
        message = SignedIn(user_id=user_id, signed_in_at=now, time_zone=time_zone)
        publish(session, message, correlation_id=new_id(), now=now)
