"""What digests list that are not sent yet."""

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "digest_entries",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name=op.f("fk_digest_entries_notice_id_notices"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("notice_id", "approval_id", name=op.f("pk_digest_entries")),
    )
    op.create_index("ix_digest_entries_approval_id", "digest_entries", ["approval_id"])


def downgrade() -> None:
    """Drops it: digests that are not sent yet list everything that they were written with, or are not sent."""
    op.drop_table("digest_entries")
