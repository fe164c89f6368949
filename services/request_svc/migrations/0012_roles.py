"""Roles that end: revoked, removed, given back, given for a time."""

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | None = None
depends_on: str | None = None

CAUSES = ("revoked", "removed", "given back", "ended", "inactive", "review", "account closed")


def upgrade() -> None:
    """Says of a role until when it is given, and why and by whom it ended; keeps whose accounts were closed."""
    ends = sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True, comment="when it ends by itself")
    op.add_column("grants", ends)
    op.add_column("grants", sa.Column("ended_because", sa.String(16), nullable=True))
    op.add_column("grants", sa.Column("ended_by", sa.Text(), nullable=True, comment="the name of who ended it"))
    op.execute(sa.text("UPDATE grants SET ended_because = 'removed' WHERE removed_at IS NOT NULL"))
    known = sa.column("ended_because").in_(CAUSES)
    op.create_check_constraint(op.f("ck_grants_ended_because"), "grants", known)
    op.create_table(
        "closed_accounts",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_closed_accounts")),
    )


def downgrade() -> None:
    """Forgets it."""
    op.drop_table("closed_accounts")
    op.drop_constraint(op.f("ck_grants_ended_because"), "grants")
    for name in ("ended_by", "ended_because", "ends_at"):
        op.drop_column("grants", name)
