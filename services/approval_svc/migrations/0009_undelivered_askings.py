"""Officials who were asked, and never got the mail."""

import sqlalchemy as sa
from alembic import op

from shared.db import UtcDateTime

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Adds what became of the mail that asked."""
    op.add_column("askings", sa.Column("notice_id", sa.Uuid(), comment="the mail that was heard of last"))
    op.add_column(
        "askings", sa.Column("undelivered_at", UtcDateTime(), comment="when it was known that the mail did not arrive")
    )
    op.add_column("askings", sa.Column("undelivered", sa.Text(), comment="why it did not arrive, addresses masked"))
    op.create_index("ix_askings_undelivered_at", "askings", ["undelivered_at"])


def downgrade() -> None:
    """Removes it."""
    op.drop_index("ix_askings_undelivered_at", table_name="askings")
    op.drop_column("askings", "undelivered")
    op.drop_column("askings", "undelivered_at")
    op.drop_column("askings", "notice_id")
