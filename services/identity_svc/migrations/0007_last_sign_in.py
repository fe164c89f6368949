"""When each account was last used."""

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Adds the column: nothing was told of any sign-in before."""
    comment = "the last sign-in that other services were told of"
    op.add_column("accounts", sa.Column("sign_in_told", sa.DateTime(timezone=True), nullable=True, comment=comment))


def downgrade() -> None:
    """Drops it."""
    op.drop_column("accounts", "sign_in_told")
