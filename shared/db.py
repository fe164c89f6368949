"""The one way to a database: a transaction that commits once, at the end of a use case."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, Engine, Enum, MetaData, Text, TypeDecorator, create_engine
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session, sessionmaker

from shared.clock import as_utc

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# A web request or a message waits no longer than this for a row lock or a statement; a stuck
# transaction must not take the whole service with it.
CONNECTION_OPTIONS = (
    "-c timezone=UTC -c statement_timeout=30000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000"
)


def new_metadata() -> MetaData:
    """Returns an empty MetaData whose constraints get predictable names, for migrations."""
    return MetaData(naming_convention=NAMING_CONVENTION)


class UtcDateTime(TypeDecorator[datetime]):
    """timestamptz that takes aware datetimes only and gives back UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Raises NaiveDatetimeError for a datetime without a zone."""
        return None if value is None else as_utc(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Returns the instant in UTC."""
        return None if value is None else value.astimezone(UTC)


COLUMN_TYPES: dict[Any, Any] = {datetime: UtcDateTime, str: Text, list[str]: ARRAY(Text)}
"""The `type_annotation_map` of every service's rows."""


def words(name: str, kind: type[StrEnum]) -> Enum:
    """Returns the type of a column that holds one of the words of `kind`, 16 characters at most.

    It is text, so that a migration can change the words; the constraint `ck_<table>_<name>` refuses any other.
    """
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=16,
        values_callable=lambda members: [member.value for member in members],
    )


class Database:
    """A service's own database. Makes no connection until it is used."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.engine: Engine = create_engine(
            url,
            pool_pre_ping=True,
            hide_parameters=True,
            pool_size=pool_size,
            max_overflow=8,
            connect_args={"options": CONNECTION_OPTIONS, "connect_timeout": 5},
        )
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Yields a session; commits when the block ends, rolls back when it raises."""
        with self._sessions.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yields a session whose transaction the database itself refuses to write in: for GET pages."""
        with self._sessions() as session:
            session.connection(execution_options={"postgresql_readonly": True})
            yield session

    def dispose(self) -> None:
        """Closes every connection."""
        self.engine.dispose()
