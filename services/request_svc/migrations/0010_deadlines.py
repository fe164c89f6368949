"""What My Profile tells of deadlines: when a part expires, and when its officials may be reminded."""

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None

COLUMNS = {
    "planned_at": "when approval_svc told of the deadlines last",
    "escalates_at": "when the next authority is asked besides",
    "expires_at": "when it ends undecided; none while the clock rests",
    "nudge_from": "when the officials may be reminded next",
}
STATES = {
    "requests": ("pending", "decided", "withdrawn"),
    "request_parts": ("pending", "approved", "rejected", "withdrawn"),
}


def upgrade() -> None:
    """Adds the columns, and lets requests and their parts expire."""
    for name, comment in COLUMNS.items():
        column = sa.Column(name, sa.DateTime(timezone=True), nullable=True, comment=comment)
        op.add_column("request_parts", column)
    for table, states in STATES.items():
        _allow(table, (*states, "expired"))


def downgrade() -> None:
    """What expired counts as withdrawn, the nearest that was known."""
    for table, states in STATES.items():
        op.drop_constraint(f"ck_{table}_state", table)
        op.execute(sa.text(f"UPDATE {table} SET state = 'withdrawn' WHERE state = 'expired'"))  # noqa: S608  # constants
        _allow(table, states, is_there=False)
    for name in COLUMNS:
        op.drop_column("request_parts", name)


def _allow(table: str, states: tuple[str, ...], *, is_there: bool = True) -> None:
    if is_there:
        op.drop_constraint(op.f(f"ck_{table}_state"), table)
    op.create_check_constraint(op.f(f"ck_{table}_state"), table, sa.column("state").in_(states))
