"""When an absence that could not be handled is tried again, and indexes of what officials are asked now."""

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Adds them."""
    op.add_column(
        "absences",
        sa.Column(
            "tried_again_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="it could not be begun or ended; not before this it is tried again",
        ),
    )
    op.create_index("ix_askings_live", "askings", ["official_id"], postgresql_where=sa.text("ended_at IS NULL"))
    acting = sa.text("ended_at IS NULL AND acts_for <> '[]'::jsonb")
    op.create_index("ix_askings_acting", "askings", ["approval_id"], postgresql_where=acting)


def downgrade() -> None:
    """Drops them."""
    op.drop_index("ix_askings_acting", "askings")
    op.drop_index("ix_askings_live", "askings")
    op.drop_column("absences", "tried_again_at")
