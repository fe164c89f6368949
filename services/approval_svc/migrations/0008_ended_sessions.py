"""Sessions that were ended before their time."""

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "ended_sessions",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, comment="when it would have ended anyway"),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_ended_sessions")),
    )
    op.create_index(op.f("ix_ended_sessions_until"), "ended_sessions", ["until"])


def downgrade() -> None:
    """Drops it: sessions that were ended live on until they are too old."""
    op.drop_table("ended_sessions")
