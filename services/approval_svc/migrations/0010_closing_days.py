"""The days on which organizations are closed."""

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "closing_days",
        sa.Column("organization_kind", sa.String(length=32), nullable=False),
        sa.Column("organization_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="by the organization's own calendar"),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("organization_kind", "organization_id", "day", name=op.f("pk_closing_days")),
    )


def downgrade() -> None:
    """Drops it: only holidays are left out then."""
    op.drop_table("closing_days")
