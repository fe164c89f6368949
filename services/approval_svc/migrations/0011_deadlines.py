"""Deadlines, escalation and expiry: what time does to an approval."""

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | None = None
depends_on: str | None = None

BEFORE = "state IN ('asked', 'unroutable', 'approved', 'rejected', 'withdrawn')"
AFTER = "state IN ('asked', 'unroutable', 'approved', 'rejected', 'withdrawn', 'expired')"
COLUMNS = ("level", "clock_from", "rested", "resting_since", "nudge_from", "stuck_since")


def upgrade() -> None:
    """Makes the table and lets approvals expire; `countersign deadlines move` plans for those that are open."""
    op.drop_constraint(op.f("ck_approvals_state"), "approvals")
    op.create_check_constraint(op.f("ck_approvals_state"), "approvals", AFTER)
    for column in _columns():
        op.add_column("approvals", column)
    op.create_index(
        "ix_approvals_stuck_since", "approvals", ["stuck_since"], postgresql_where=sa.text("stuck_since IS NOT NULL")
    )
    comment = "when the first of the links ends that are still good; none: only the newest one is"
    op.add_column("askings", sa.Column("oldest_link_ends", sa.DateTime(timezone=True), nullable=True, comment=comment))
    _deadlines()


def downgrade() -> None:
    """Forgets every deadline; an approval that expired counts as withdrawn, the nearest that was known."""
    op.drop_table("deadlines")
    op.drop_column("askings", "oldest_link_ends")
    op.drop_index("ix_approvals_stuck_since", "approvals")
    for name in COLUMNS:
        op.drop_column("approvals", name)
    op.drop_constraint(op.f("ck_approvals_state"), "approvals")
    op.execute("UPDATE approvals SET state = 'withdrawn' WHERE state = 'expired'")
    op.create_check_constraint(op.f("ck_approvals_state"), "approvals", BEFORE)


def _columns() -> tuple[sa.Column[object], ...]:
    instant = sa.DateTime(timezone=True)
    return (
        sa.Column(
            "level",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="the place in the chain of authorities that escalation reached",
        ),
        sa.Column(
            "clock_from", instant, nullable=True, comment="when it was first asked: its deadlines count from here"
        ),
        sa.Column(
            "rested",
            sa.Float(),
            server_default=sa.text("0"),
            nullable=False,
            comment="business days for which the clock stood still, until it went on",
        ),
        sa.Column("resting_since", instant, nullable=True, comment="when the clock was stopped; none while it runs"),
        sa.Column(
            "nudge_from", instant, nullable=True, comment="when the requester may have the officials reminded next"
        ),
        sa.Column(
            "stuck_since", instant, nullable=True, comment="when the chain of authorities had ended: operations look"
        ),
    )


def _deadlines() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "deadlines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False, comment="counts those of its kind, from 1"),
        sa.Column("due_at", instant, nullable=True),
        sa.Column("fired_at", instant, nullable=True),
        sa.Column("ended_at", instant, nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "kind IN ('reminder', 'escalation', 'expiry_notice', 'expiry')", name=op.f("ck_deadlines_kind")
        ),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name=op.f("fk_deadlines_approval_id_approvals")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadlines")),
    )
    op.create_index("uq_deadlines_approval_id_kind_step", "deadlines", ["approval_id", "kind", "step"], unique=True)
    op.create_index("ix_deadlines_due_at", "deadlines", ["due_at"], postgresql_where=sa.text("ended_at IS NULL"))
