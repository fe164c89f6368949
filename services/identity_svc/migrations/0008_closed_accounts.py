"""Whose accounts were closed, as every service keeps them: a session of theirs that is open anywhere ends."""

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Makes the table, and puts into it who is closed already."""
    op.create_table(
        "closed_accounts",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_closed_accounts")),
    )
    op.execute(
        "INSERT INTO closed_accounts (user_id, closed_at)"
        " SELECT user_id, closed_at FROM accounts WHERE closed_at IS NOT NULL"
    )


def downgrade() -> None:
    """Forgets them here; the accounts themselves know when they were closed."""
    op.drop_table("closed_accounts")
