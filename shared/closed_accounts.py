"""People whose accounts were closed for good, as every service knows them by AccountClosed.

A session is a signed cookie of each service (`shared/web/person.py`): that its owner's account was closed since, a row
must say. It is kept for good, because an account is closed for good.
"""

from datetime import datetime

from sqlalchemy import Column, MetaData, Table, Text, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.db import UtcDateTime, new_metadata

_metadata = new_metadata()

closed_accounts = Table(
    "closed_accounts",
    _metadata,
    Column("user_id", Text, primary_key=True),
    Column("closed_at", UtcDateTime, nullable=False),
)


def closed_account_tables(metadata: MetaData) -> None:
    """Adds the table to a service's own."""
    closed_accounts.to_metadata(metadata)


def keep_closed(session: Session, user_id: str, at: datetime) -> None:
    """Keeps that the account was closed; the same again changes nothing."""
    session.execute(insert(closed_accounts).values(user_id=user_id, closed_at=at).on_conflict_do_nothing())


def is_closed(session: Session, user_id: str) -> bool:
    """Whether the person's account was closed for good."""
    return session.scalar(select(closed_accounts.c.user_id).where(closed_accounts.c.user_id == user_id)) is not None
