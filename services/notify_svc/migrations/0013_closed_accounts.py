"""Whose accounts were closed: sessions that they have open here end."""

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "closed_accounts",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_closed_accounts")),
    )


def downgrade() -> None:
    """Forgets them: a session that is open goes on until it has lasted for too long."""
    op.drop_table("closed_accounts")
