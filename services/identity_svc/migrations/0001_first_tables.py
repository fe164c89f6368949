"""Accounts, signing keys, used codes, access tokens, outbox and inbox."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "access_tokens",
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256, hexadecimal"),
        sa.Column("code_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=200), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_access_tokens")),
    )
    op.create_index(op.f("ix_access_tokens_code_id"), "access_tokens", ["code_id"], unique=False)
    op.create_index(op.f("ix_access_tokens_expires_at"), "access_tokens", ["expires_at"], unique=False)
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.String(length=74), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.Column("groups", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("password_set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("email_undeliverable_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("user_id = lower(user_id)", name=op.f("ck_accounts_user_id_small")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("user_id", name=op.f("uq_accounts_user_id")),
    )
    op.create_table(
        "inbox",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False, comment="done, failed (will be tried again) or dead"),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "envelope",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="kept only while the message is not done",
        ),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_correlation_id", "inbox", ["correlation_id"], unique=False)
    op.create_index(
        "ix_inbox_failed_due", "inbox", ["due_at"], unique=False, postgresql_where=sa.text("state = 'failed'")
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False, comment="UUIDv7: sorts by the time of writing"),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("queue", sa.String(length=64), nullable=False, comment="one row for each subscriber"),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("envelope", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_correlation_id", "outbox", ["correlation_id"], unique=False)
    op.create_index("ix_outbox_unsent", "outbox", ["id"], unique=False, postgresql_where=sa.text("sent_at IS NULL"))
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False, comment="next, current or previous"),
        sa.Column("public_jwk", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sealed_private", sa.Text(), nullable=True, comment="encrypted; dropped when the key is retired"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_keys")),
    )
    op.create_index(
        "uq_signing_keys_one_of_a_state",
        "signing_keys",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state IN ('next', 'current')"),
    )
    op.create_table(
        "used_codes",
        sa.Column("code_id", sa.Uuid(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code_id", name=op.f("pk_used_codes")),
    )
    op.create_index(op.f("ix_used_codes_used_at"), "used_codes", ["used_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_used_codes_used_at"), table_name="used_codes")
    op.drop_table("used_codes")
    op.drop_index(
        "uq_signing_keys_one_of_a_state",
        table_name="signing_keys",
        postgresql_where=sa.text("state IN ('next', 'current')"),
    )
    op.drop_table("signing_keys")
    op.drop_index("ix_outbox_unsent", table_name="outbox", postgresql_where=sa.text("sent_at IS NULL"))
    op.drop_index("ix_outbox_correlation_id", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("ix_inbox_failed_due", table_name="inbox", postgresql_where=sa.text("state = 'failed'"))
    op.drop_index("ix_inbox_correlation_id", table_name="inbox")
    op.drop_table("inbox")
    op.drop_table("accounts")
    op.drop_index(op.f("ix_access_tokens_expires_at"), table_name="access_tokens")
    op.drop_index(op.f("ix_access_tokens_code_id"), table_name="access_tokens")
    op.drop_table("access_tokens")
