"""Let the database refuse a state that an approval cannot have."""

from collections.abc import Sequence

from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_check_constraint(
        op.f("ck_approvals_state"), "approvals", "state IN ('asked', 'unroutable', 'approved', 'rejected', 'withdrawn')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_approvals_state"), "approvals")
