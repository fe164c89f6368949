"""What the broker took is known to have arrived or not: outbox.taken_at.

Rows that were sent before count as taken.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Adds the column and the index that the relay looks for lost messages with."""
    op.add_column(
        "outbox",
        sa.Column(
            "taken_at", sa.DateTime(timezone=True), nullable=True, comment="when its subscriber was known to have it"
        ),
    )
    op.alter_column("outbox", "sent_at", comment="when the broker took it last")
    op.execute("UPDATE outbox SET taken_at = sent_at WHERE sent_at IS NOT NULL")
    op.create_index(
        "ix_outbox_untaken",
        "outbox",
        ["sent_at"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NOT NULL AND taken_at IS NULL"),
    )


def downgrade() -> None:
    """Removes them."""
    op.drop_index(
        "ix_outbox_untaken", table_name="outbox", postgresql_where=sa.text("sent_at IS NOT NULL AND taken_at IS NULL")
    )
    op.alter_column("outbox", "sent_at", comment=None)
    op.drop_column("outbox", "taken_at")
