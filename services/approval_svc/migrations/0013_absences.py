"""Absences of officials and their substitutes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | None = None
depends_on: str | None = None

WHOM = "id and name of the absent officials in whose place"


def upgrade() -> None:
    """Makes the table; whoever was asked, or has decided, did so for themselves."""
    for table, column in (("askings", "acts_for"), ("approvals", "decided_for")):
        op.add_column(
            table,
            sa.Column(column, postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False, comment=WHOM),
        )
    _absences()


def downgrade() -> None:
    """Forgets absences, and for whom somebody acted: the audit still tells."""
    op.drop_table("absences")
    op.drop_column("approvals", "decided_for")
    op.drop_column("askings", "acts_for")


def _absences() -> None:
    instant = sa.DateTime(timezone=True)
    begun, over = "when it took effect: others are asked from here on", "when it took effect no more, or was cancelled"
    op.create_table(
        "absences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("begins_at", instant, nullable=False),
        sa.Column("ends_at", instant, nullable=False),
        sa.Column("substitute_id", sa.Uuid(), nullable=False),
        sa.Column("entered_at", instant, nullable=False),
        sa.Column("begun_at", instant, nullable=True, comment=begun),
        sa.Column("over_at", instant, nullable=True, comment=over),
        sa.ForeignKeyConstraint(["substitute_id"], ["officials.id"], name=op.f("fk_absences_substitute_id_officials")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    op.create_index("ix_absences_user_id", "absences", ["user_id"])
    op.create_index("ix_absences_open", "absences", ["begins_at"], postgresql_where=sa.text("over_at IS NULL"))
