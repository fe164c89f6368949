"""Reading the audit, however long it is: row by row from the server, in one snapshot, within no time limit."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, text
from sqlalchemy.orm import Session

from shared.audit.table import audit
from shared.db import Database

BATCH = 1000


@contextmanager
def patiently(database: Database) -> Iterator[Session]:
    """Yields a session that only reads and that is not ended when whoever takes the rows takes their time."""
    with database.reading() as session:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield session


def rows(session: Session, *conditions: ColumnElement[bool]) -> Iterator[Mapping[str, Any]]:
    """Yields entries in the order of their numbers, by way of a cursor on the server."""
    wanted = select(audit).where(*conditions).order_by(audit.c.seq).execution_options(yield_per=BATCH)
    for row in session.execute(wanted).mappings():
        yield {str(name): value for name, value in row.items()}


def last_number(session: Session) -> int:
    """Returns the number of the last entry, 0 when there is none."""
    return session.scalar(select(func.max(audit.c.seq))) or 0


def correlations_of(session: Session, request_id: UUID) -> set[UUID]:
    """Returns the correlation ids under which this service knows the role request."""
    named = (audit.c.subject_kind == "request") & (audit.c.subject_id == str(request_id))
    found = session.scalars(select(audit.c.correlation_id).where(named).distinct())
    return {each for each in found if each is not None}


def since(instant: datetime) -> ColumnElement[bool]:
    """Returns the condition that something happened at that instant or later."""
    return audit.c.at >= instant


def after(number: int) -> ColumnElement[bool]:
    """Returns the condition that an entry was written after that of this number."""
    return audit.c.seq > number


def belonging_to(correlations: Collection[UUID]) -> ColumnElement[bool]:
    """Returns the condition that an entry belongs to one of these."""
    return audit.c.correlation_id.in_(correlations)


def about(*subjects: tuple[str, object]) -> ColumnElement[bool]:
    """Returns the condition that an entry is about one of these, each a kind and an id."""
    return or_(*((audit.c.subject_kind == kind) & (audit.c.subject_id == str(each)) for kind, each in subjects))
