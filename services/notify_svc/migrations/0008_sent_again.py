"""Notices that operations send again."""

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Adds how many tries count no more."""
    op.add_column(
        "notices",
        sa.Column(
            "attempts_before",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="tries from before operations sent it again: they count no more",
        ),
    )


def downgrade() -> None:
    """Drops it: what was sent again fails earlier."""
    op.drop_column("notices", "attempts_before")
