"""When each person last came to this service."""

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "sign_ins",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("told", sa.DateTime(timezone=True), nullable=False, comment="the last one that was told of"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_sign_ins")),
    )


def downgrade() -> None:
    """Drops it."""
    op.drop_table("sign_ins")
