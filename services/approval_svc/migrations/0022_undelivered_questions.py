"""Questions of which the requester never heard, because mail to them is refused."""

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Adds when that was known."""
    comment = "when the requester's mail server had refused the mail of it for good"
    op.add_column("questions", sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True, comment=comment))


def downgrade() -> None:
    """Forgets it: such a question counts as one that nobody answered in time."""
    op.drop_column("questions", "refused_at")
