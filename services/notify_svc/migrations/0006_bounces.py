"""Tries are written when they begin, mails can come back, and notices may wait for the mail server."""

import sqlalchemy as sa
from alembic import op

from shared.db import UtcDateTime

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None

STATES = "'queued', 'sending', 'sent', 'failed', 'skipped'"
RESULTS = "'taken', 'put off', 'refused', 'unknown'"


def upgrade() -> None:
    _words("notices", "state", "'queued', 'sending', 'sent', 'bounced', 'failed', 'skipped'")
    _words("deliveries", "result", "'begun', 'taken', 'put off', 'refused', 'unknown'")
    op.add_column(
        "notices",
        sa.Column(
            "held",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="goes on as soon as the mail server is back",
        ),
    )
    op.alter_column("notices", "ended_at", comment="when it was sent, failed, skipped or came back")
    op.create_index("uq_notices_mail_id", "notices", ["mail_id"], unique=True)
    op.create_index("ix_notices_held", "notices", ["id"], postgresql_where="held")
    op.create_index("ix_notices_ended_at", "notices", ["ended_at"])
    op.create_index("ix_closed_approvals_closed_at", "closed_approvals", ["closed_at"])
    op.add_column("deliveries", sa.Column("repeat", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column(
        "deliveries",
        sa.Column("begun_at", UtcDateTime(), nullable=True, comment="unknown for tries before this was kept"),
    )
    op.alter_column("deliveries", "ended_at", nullable=True)
    op.drop_index("ix_deliveries_notice_id", table_name="deliveries")
    op.create_index("ix_deliveries_notice_id_attempt", "deliveries", ["notice_id", "attempt"])
    _create_bounces()


def downgrade() -> None:
    op.drop_table("bounces")
    op.drop_index("ix_deliveries_notice_id_attempt", table_name="deliveries")
    op.create_index("ix_deliveries_notice_id", "deliveries", ["notice_id"])
    # What was under way when the code goes back has no word there.
    op.execute("UPDATE deliveries SET result = 'unknown' WHERE result = 'begun'")
    op.execute("UPDATE deliveries SET ended_at = begun_at WHERE ended_at IS NULL")
    op.alter_column("deliveries", "ended_at", nullable=False)
    op.drop_column("deliveries", "begun_at")
    op.drop_column("deliveries", "repeat")
    op.drop_index("ix_closed_approvals_closed_at", table_name="closed_approvals")
    op.drop_index("ix_notices_ended_at", table_name="notices")
    op.drop_index("ix_notices_held", table_name="notices")
    op.drop_index("uq_notices_mail_id", table_name="notices")
    op.alter_column("notices", "ended_at", comment="when it was sent, failed or skipped")
    op.drop_column("notices", "held")
    op.execute("UPDATE notices SET state = 'failed' WHERE state = 'bounced'")
    _words("deliveries", "result", RESULTS)
    _words("notices", "state", STATES)


def _words(table: str, column: str, words: str) -> None:
    name = op.f(f"ck_{table}_{column}")
    op.drop_constraint(name, table)
    op.create_check_constraint(name, table, f"{column} IN ({words})")


def _create_bounces() -> None:
    op.create_table(
        "bounces",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column(
            "event_id", sa.String(length=64), nullable=False, comment="digest of what the source calls the event"
        ),
        sa.Column("notice_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=True, comment="enhanced status code, RFC 3463"),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "source IN ('ses', 'sendgrid', 'mailgun', 'postmark', 'mailbox')", name=op.f("ck_bounces_source")
        ),
        sa.CheckConstraint(
            "kind IN ('refused', 'complaint', 'given up', 'delayed', 'nothing')", name=op.f("ck_bounces_kind")
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_bounces_notice_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounces")),
        sa.UniqueConstraint("source", "event_id", name=op.f("uq_bounces_source_event_id")),
    )
    op.create_index("ix_bounces_notice_id", "bounces", ["notice_id"])
    op.create_index("ix_bounces_nobodys", "bounces", ["received_at"], postgresql_where="notice_id IS NULL")
