"""The time zones of people: mail to them has the clock that their pages have."""

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "time_zones",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_time_zones")),
    )


def downgrade() -> None:
    """Forgets them: mail has the clock of the organization again."""
    op.drop_table("time_zones")
