"""Handovers of which the receiver is told in one mail, with all that came to them in the same go."""

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Adds what is still to be told, and a kind of digest for it."""
    op.add_column(
        "handovers",
        sa.Column(
            "tell_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="the receiver is told with what else came in the same go, then at the latest; none: they were",
        ),
    )
    op.create_index("ix_handovers_tell_at", "handovers", ["tell_at"], postgresql_where=sa.text("tell_at IS NOT NULL"))
    _kinds("'daily', 'together', 'asked', 'handed over'")


def downgrade() -> None:
    """Forgets it: who is to be told still finds it in My Approvals, and digests of it count as those of other moves."""
    op.execute(sa.text("UPDATE digests SET kind = 'asked' WHERE kind = 'handed over'"))
    _kinds("'daily', 'together', 'asked'")
    op.drop_index("ix_handovers_tell_at", "handovers")
    op.drop_column("handovers", "tell_at")


def _kinds(known: str) -> None:
    op.drop_constraint(op.f("ck_digests_kind"), "digests")
    op.create_check_constraint(op.f("ck_digests_kind"), "digests", sa.text(f"kind IN ({known})"))
