"""The first tables: notices, deliveries, closed approvals, and the two of the messages."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.db import UtcDateTime

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "closed_approvals",
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column(
            "because",
            sa.String(length=16),
            nullable=False,
        ),
        sa.Column("closed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("approval_id", name=op.f("pk_closed_approvals")),
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
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("handled_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_correlation_id", "inbox", ["correlation_id"], unique=False)
    op.create_index(
        "ix_inbox_failed_due", "inbox", ["due_at"], unique=False, postgresql_where=sa.text("state = 'failed'")
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("caused_by", sa.Uuid(), nullable=False, comment="id of the message that it tells of"),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("approval_id", sa.Uuid(), nullable=True),
        sa.Column("template", sa.String(length=64), nullable=False, comment="names a folder in emails/"),
        sa.Column("context", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recipient_id", sa.Text(), nullable=False, comment="user id at the sign-in provider"),
        sa.Column("recipient_name", sa.Text(), nullable=False),
        sa.Column("recipient_address", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.String(length=16),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True, comment="why it was skipped or failed"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("mail_id", sa.Text(), nullable=True, comment="Message-ID, the same for every try"),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column(
            "ended_at",
            UtcDateTime(),
            nullable=True,
            comment="when it was sent, failed or skipped",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint(
            "caused_by", "recipient_id", "template", name=op.f("uq_notices_caused_by_recipient_id_template")
        ),
    )
    op.create_index("ix_notices_approval_id", "notices", ["approval_id"], unique=False)
    op.create_index(
        "ix_notices_due", "notices", ["due_at"], unique=False, postgresql_where="state IN ('queued', 'sending')"
    )
    op.create_index("ix_notices_recipient_id", "notices", ["recipient_id"], unique=False)
    op.create_index("ix_notices_request_id", "notices", ["request_id"], unique=False)
    op.create_index("ix_notices_state_id", "notices", ["state", "id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False, comment="UUIDv7: sorts by the time of writing"),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("queue", sa.String(length=64), nullable=False, comment="one row for each subscriber"),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("envelope", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_correlation_id", "outbox", ["correlation_id"], unique=False)
    op.create_index("ix_outbox_unsent", "outbox", ["id"], unique=False, postgresql_where=sa.text("sent_at IS NULL"))
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column(
            "result",
            sa.String(length=16),
            nullable=False,
        ),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name=op.f("fk_deliveries_notice_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_notice_id"), "deliveries", ["notice_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_deliveries_notice_id"), table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_index("ix_outbox_unsent", table_name="outbox", postgresql_where=sa.text("sent_at IS NULL"))
    op.drop_index("ix_outbox_correlation_id", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("ix_notices_state_id", table_name="notices")
    op.drop_index("ix_notices_request_id", table_name="notices")
    op.drop_index("ix_notices_recipient_id", table_name="notices")
    op.drop_index("ix_notices_due", table_name="notices", postgresql_where="state IN ('queued', 'sending')")
    op.drop_index("ix_notices_approval_id", table_name="notices")
    op.drop_table("notices")
    op.drop_index("ix_inbox_failed_due", table_name="inbox", postgresql_where=sa.text("state = 'failed'"))
    op.drop_index("ix_inbox_correlation_id", table_name="inbox")
    op.drop_table("inbox")
    op.drop_table("closed_approvals")
