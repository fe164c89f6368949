"""The table `audit`, the same in every service's database; its migration adds the trigger that refuses changes."""

from sqlalchemy import BigInteger, Column, Index, MetaData, String, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from shared.db import UtcDateTime, new_metadata

audit = Table(
    "audit",
    new_metadata(),
    Column("seq", BigInteger, primary_key=True, autoincrement=False, comment="1, 2, 3 … without a gap"),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False, comment="user:…, official:…, operator:…, service:… or anonymous"),
    Column("on_behalf_of", Text),
    Column("action", String(48), nullable=False),
    Column("subject_kind", String(32), nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("before", JSONB(none_as_null=True), comment="only what changed"),
    Column("after", JSONB(none_as_null=True), comment="only what changed"),
    Column("origin", JSONB, nullable=False, comment="from where: page, message, command or tick"),
    Column("correlation_id", Uuid),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False, comment="SHA-256 over all other columns"),
)
Index("ix_audit_subject_kind_subject_id", audit.c.subject_kind, audit.c.subject_id)
Index("ix_audit_correlation_id", audit.c.correlation_id)


def audit_tables(metadata: MetaData) -> None:
    """Adds `audit` to a service's metadata, so that its migrations make it."""
    audit.to_metadata(metadata)
