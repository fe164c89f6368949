"""Roles that end: revoked, removed, given for a time; and who was told that their organization has few officials."""

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | None = None
depends_on: str | None = None

INSTANT = sa.DateTime(timezone=True)
COLUMNS = (
    ("approvals", "ends_at", INSTANT, "when the role ends that was given for a time"),
    ("approvals", "revoked_at", INSTANT, "when an official took the approval back"),
    ("approvals", "revoked_by", sa.Uuid(), None),
    ("approvals", "revoked_by_name", sa.Text(), None),
    ("approvals", "revoked_because", sa.Text(), None),
    ("grants", "request_id", sa.Uuid(), "none: before this was kept"),
    ("grants", "ends_at", INSTANT, "when it ends by itself"),
)


def upgrade() -> None:
    """Adds the columns and the tables."""
    for table, name, kind, comment in COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=True, comment=comment))
    op.create_foreign_key(op.f("fk_approvals_revoked_by_officials"), "approvals", "officials", ["revoked_by"], ["id"])
    _role_ends()
    op.create_table(
        "few_officials_told",
        sa.Column("authority_kind", sa.String(length=32), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.Column("quarter", sa.String(length=8), nullable=False, comment='of the calendar, such as "2026-Q4"'),
        sa.Column("told_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("authority_kind", "authority_id", "quarter", name=op.f("pk_few_officials_told")),
    )


def _role_ends() -> None:
    op.create_table(
        "role_ends",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False, comment="days before the end; 0 is the end itself"),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("fired_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_role_ends_grant_id_grants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_ends")),
    )
    op.create_index("uq_role_ends_grant_id_days", "role_ends", ["grant_id", "days"], unique=True)
    op.create_index("ix_role_ends_due_at", "role_ends", ["due_at"], postgresql_where=sa.text("ended_at IS NULL"))


def downgrade() -> None:
    """Forgets them."""
    op.drop_table("few_officials_told")
    op.drop_table("role_ends")
    op.drop_constraint(op.f("fk_approvals_revoked_by_officials"), "approvals")
    for table, name, _, _ in reversed(COLUMNS):
        op.drop_column(table, name)
