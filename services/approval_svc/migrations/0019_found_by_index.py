"""What time makes due, and what organizations are called, is found by indexes; put aside is who cannot be told."""

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | None = None
depends_on: str | None = None

INSTANT = sa.DateTime(timezone=True)
NOT_OVER = sa.text("over_at IS NULL")


def upgrade() -> None:
    """Adds them, in place of indexes by which more was read than was due."""
    _unroutable()
    op.drop_index("ix_approvals_organization", "approvals")
    op.create_index("ix_approvals_organization", "approvals", ["organization_kind", "organization_id", "id"])
    op.drop_index("ix_absences_open", "absences")
    begins = sa.text("over_at IS NULL AND begun_at IS NULL")
    op.create_index("ix_absences_begins_at", "absences", ["begins_at"], postgresql_where=begins)
    op.create_index("ix_absences_ends_at", "absences", ["ends_at"], postgresql_where=NOT_OVER)
    comment = "they could not be told; not before this it is tried again"
    op.add_column("few_officials_told", sa.Column("tried_again_at", INSTANT, nullable=True, comment=comment))
    op.alter_column("few_officials_told", "told_at", nullable=True)


def downgrade() -> None:
    """Takes them away; who could not be told yet counts as not told."""
    op.execute("DELETE FROM few_officials_told WHERE told_at IS NULL")
    op.alter_column("few_officials_told", "told_at", nullable=False)
    op.drop_column("few_officials_told", "tried_again_at")
    op.drop_index("ix_absences_ends_at", "absences")
    op.drop_index("ix_absences_begins_at", "absences")
    op.create_index("ix_absences_open", "absences", ["begins_at"], postgresql_where=NOT_OVER)
    op.drop_index("ix_approvals_organization", "approvals")
    op.create_index("ix_approvals_organization", "approvals", ["organization_kind", "organization_id"])
    op.drop_index("ix_approvals_unroutable", "approvals")
    op.drop_column("approvals", "looked_at")


def _unroutable() -> None:
    comment = "when the beat looked last whether somebody can decide it, while nobody could"
    op.add_column("approvals", sa.Column("looked_at", INSTANT, nullable=True, comment=comment))
    op.create_index(
        "ix_approvals_unroutable",
        "approvals",
        [sa.text("looked_at NULLS FIRST"), "id"],
        postgresql_where=sa.text("state = 'unroutable'"),
    )
