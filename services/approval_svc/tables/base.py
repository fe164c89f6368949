"""What all rows of this service share."""

from sqlalchemy.orm import DeclarativeBase

from shared.audit import audit_tables
from shared.closed_accounts import closed_account_tables
from shared.db import COLUMN_TYPES, new_metadata
from shared.messaging.tables import messaging_tables
from shared.web.ended_sessions import session_tables


class Base(DeclarativeBase):
    """Base of this service's rows."""

    metadata = new_metadata()
    type_annotation_map = COLUMN_TYPES


messaging_tables(Base.metadata)
audit_tables(Base.metadata)
session_tables(Base.metadata)
closed_account_tables(Base.metadata)
