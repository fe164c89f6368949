"""The two tables that every service's database has."""

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from shared.db import UtcDateTime, new_metadata

_metadata = new_metadata()

outbox = Table(
    "outbox",
    _metadata,
    Column("id", Uuid, primary_key=True, comment="UUIDv7: sorts by the time of writing"),
    Column("message_id", Uuid, nullable=False),
    Column("queue", String(64), nullable=False, comment="one row for each subscriber"),
    Column("type", String(64), nullable=False),
    Column("correlation_id", Uuid, nullable=False),
    Column("envelope", JSONB, nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime, comment="when the broker took it last"),
    Column("taken_at", UtcDateTime, comment="when its subscriber was known to have it"),
)
Index("ix_outbox_unsent", outbox.c.id, postgresql_where=outbox.c.sent_at.is_(None))
Index(
    "ix_outbox_untaken", outbox.c.sent_at, postgresql_where=outbox.c.sent_at.is_not(None) & outbox.c.taken_at.is_(None)
)
Index("ix_outbox_correlation_id", outbox.c.correlation_id)

inbox = Table(
    "inbox",
    _metadata,
    Column("message_id", Uuid, primary_key=True),
    Column("type", String(64), nullable=False),
    Column("correlation_id", Uuid),
    Column("state", String(16), nullable=False, comment="done, failed (will be tried again) or dead"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("envelope", JSONB, comment="kept only while the message is not done"),
    Column("error", Text),
    Column("received_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("handled_at", UtcDateTime),
)
Index("ix_inbox_failed_due", inbox.c.due_at, postgresql_where=inbox.c.state == "failed")
Index("ix_inbox_correlation_id", inbox.c.correlation_id)


def messaging_tables(metadata: MetaData) -> None:
    """Adds `outbox` and `inbox` to a service's metadata, so that its migrations make them."""
    for table in (outbox, inbox):
        table.to_metadata(metadata)
