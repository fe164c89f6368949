"""Notices that wait for the mail hours, and approvals that closed because nobody decided in time."""

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None

BEFORE = "because IN ('decided', 'withdrawn', 'moved')"
AFTER = "because IN ('decided', 'withdrawn', 'moved', 'expired')"


def upgrade() -> None:
    """Adds the column and the word."""
    comment = "when the mail hours of the organization allow it"
    op.add_column("notices", sa.Column("not_before", sa.DateTime(timezone=True), nullable=True, comment=comment))
    op.drop_constraint(op.f("ck_closed_approvals_because"), "closed_approvals")
    op.create_check_constraint(op.f("ck_closed_approvals_because"), "closed_approvals", AFTER)


def downgrade() -> None:
    """What waits for its hours is due then as it is now; an approval that expired counts as withdrawn."""
    op.drop_constraint(op.f("ck_closed_approvals_because"), "closed_approvals")
    op.execute("UPDATE closed_approvals SET because = 'withdrawn' WHERE because = 'expired'")
    op.create_check_constraint(op.f("ck_closed_approvals_because"), "closed_approvals", BEFORE)
    op.drop_column("notices", "not_before")
