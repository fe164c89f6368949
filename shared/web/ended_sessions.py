"""Sessions that somebody ended: a copy of a cookie is worth nothing once its owner has signed out.

A session is a signed cookie, so that no page needs a store of sessions. What a signature cannot say is that the session
has ended since; a row says so until the session would have ended for its age.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, MetaData, Table, Uuid, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.db import UtcDateTime, new_metadata

_metadata = new_metadata()

ended_sessions = Table(
    "ended_sessions",
    _metadata,
    Column("session_id", Uuid, primary_key=True),
    Column("until", UtcDateTime, nullable=False, index=True, comment="when it would have ended anyway"),
)


def session_tables(metadata: MetaData) -> None:
    """Adds the table to a service's own."""
    ended_sessions.to_metadata(metadata)


def end(session: Session, session_id: UUID, until: datetime, now: datetime) -> None:
    """Ends the session for good, and forgets those whose time is over. Ending it twice is ending it once."""
    session.execute(delete(ended_sessions).where(ended_sessions.c.until <= now))
    values = {"session_id": session_id, "until": until}
    session.execute(insert(ended_sessions).values(values).on_conflict_do_nothing())


def has_ended(session: Session, session_id: UUID) -> bool:
    """Whether somebody ended the session."""
    found = select(ended_sessions.c.session_id).where(ended_sessions.c.session_id == session_id)
    return session.scalar(found) is not None
