"""First tables: officials and their grants, requests, approvals, askings, history, outbox and inbox."""

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
        "officials",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("authority_kind", sa.String(length=32), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column(
            "source", sa.String(length=16), nullable=False, comment="import or grant: where the row came from first"
        ),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officials")),
    )
    op.create_index("ix_officials_user_id", "officials", ["user_id"], unique=False)
    op.create_index(
        "uq_officials_authority_user_id", "officials", ["authority_kind", "authority_id", "user_id"], unique=True
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
        "requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("requester_user_id", sa.Text(), nullable=False),
        sa.Column("requester_name", sa.Text(), nullable=False),
        sa.Column("requester_email", sa.Text(), nullable=False),
        sa.Column("requester_phone", sa.Text(), nullable=True),
        sa.Column("category_id", sa.Text(), nullable=False),
        sa.Column("role_id", sa.Text(), nullable=False),
        sa.Column("role_name", sa.Text(), nullable=False),
        sa.Column("option_id", sa.Text(), nullable=True),
        sa.Column("survey_for", sa.Text(), nullable=True),
        sa.Column("organizations", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("surveyor", sa.Boolean(), nullable=True),
        sa.Column("surveyor_status", sa.Text(), nullable=True),
        sa.Column("federal_surveyor_id", sa.Text(), nullable=True),
        sa.Column("employee_id", sa.Text(), nullable=True),
        sa.Column("roles_held", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )
    op.create_table(
        "approvals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("organization_kind", sa.String(length=32), nullable=True),
        sa.Column("organization_id", sa.String(length=64), nullable=True),
        sa.Column("organization_name", sa.Text(), nullable=True),
        sa.Column("organization_time_zone", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authority_kind", sa.String(length=32), nullable=True, comment="who is asked now, or decided"),
        sa.Column("authority_id", sa.String(length=64), nullable=True),
        sa.Column("authority_name", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("disciplines", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("extra_privileges", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["decided_by"], ["officials.id"], name=op.f("fk_approvals_decided_by")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_approvals_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index(
        "ix_approvals_open",
        "approvals",
        ["state"],
        unique=False,
        postgresql_where=sa.text("state IN ('asked', 'unroutable')"),
    )
    op.create_index("ix_approvals_organization", "approvals", ["organization_kind", "organization_id"], unique=False)
    op.create_index(op.f("ix_approvals_request_id"), "approvals", ["request_id"], unique=False)
    op.create_table(
        "official_grants",
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("official_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["official_id"], ["officials.id"], name=op.f("fk_official_grants_official_id")),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_official_grants")),
    )
    op.create_index(op.f("ix_official_grants_official_id"), "official_grants", ["official_id"], unique=False)
    op.create_table(
        "askings",
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("official_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("links_expire_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name=op.f("fk_askings_approval_id")),
        sa.ForeignKeyConstraint(["official_id"], ["officials.id"], name=op.f("fk_askings_official_id")),
        sa.PrimaryKeyConstraint("approval_id", "official_id", name=op.f("pk_askings")),
    )
    op.create_index(op.f("ix_askings_official_id"), "askings", ["official_id"], unique=False)
    op.create_table(
        "history",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name=op.f("fk_history_approval_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_history_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    op.create_index("ix_history_request_id_at", "history", ["request_id", "at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_history_request_id_at", table_name="history")
    op.drop_table("history")
    op.drop_index(op.f("ix_askings_official_id"), table_name="askings")
    op.drop_table("askings")
    op.drop_index(op.f("ix_official_grants_official_id"), table_name="official_grants")
    op.drop_table("official_grants")
    op.drop_index(op.f("ix_approvals_request_id"), table_name="approvals")
    op.drop_index("ix_approvals_organization", table_name="approvals")
    op.drop_index(
        "ix_approvals_open", table_name="approvals", postgresql_where=sa.text("state IN ('asked', 'unroutable')")
    )
    op.drop_table("approvals")
    op.drop_table("requests")
    op.drop_index("ix_outbox_unsent", table_name="outbox", postgresql_where=sa.text("sent_at IS NULL"))
    op.drop_index("ix_outbox_correlation_id", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("uq_officials_authority_user_id", table_name="officials")
    op.drop_index("ix_officials_user_id", table_name="officials")
    op.drop_table("officials")
    op.drop_index("ix_inbox_failed_due", table_name="inbox", postgresql_where=sa.text("state = 'failed'"))
    op.drop_index("ix_inbox_correlation_id", table_name="inbox")
    op.drop_table("inbox")
