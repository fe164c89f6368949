"""Let the database refuse states, results and reasons that there are not."""

from collections.abc import Sequence

from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_check_constraint(
        op.f("ck_notices_state"), "notices", "state IN ('queued', 'sending', 'sent', 'failed', 'skipped')"
    )
    op.create_check_constraint(
        op.f("ck_deliveries_result"), "deliveries", "result IN ('taken', 'put off', 'refused', 'unknown')"
    )
    op.create_check_constraint(
        op.f("ck_closed_approvals_because"), "closed_approvals", "because IN ('decided', 'withdrawn', 'moved')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_closed_approvals_because"), "closed_approvals")
    op.drop_constraint(op.f("ck_deliveries_result"), "deliveries")
    op.drop_constraint(op.f("ck_notices_state"), "notices")
