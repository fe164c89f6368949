"""Handing over, opinions and comments."""

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | None = None
depends_on: str | None = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Makes the tables."""
    _handovers()
    _opinions()
    _comments()


def downgrade() -> None:
    """Forgets what officials said to each other; who is asked now stays asked until the directory changes."""
    for table in ("comments", "opinions", "handovers"):
        op.drop_table(table)


def _handovers() -> None:
    op.create_table(
        "handovers",
        sa.Column("id", sa.Uuid(), nullable=False),
        _reference("approval_id", "handovers", "approvals"),
        _reference("giver_id", "handovers"),
        _reference("receiver_id", "handovers"),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("handed_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    op.create_index(op.f("ix_handovers_approval_id"), "handovers", ["approval_id"])


def _opinions() -> None:
    op.create_table(
        "opinions",
        sa.Column("id", sa.Uuid(), nullable=False),
        _reference("approval_id", "opinions", "approvals"),
        _reference("asked_by_id", "opinions"),
        _reference("official_id", "opinions"),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinions")),
    )
    op.create_index(op.f("ix_opinions_approval_id"), "opinions", ["approval_id"])
    op.create_index(op.f("ix_opinions_official_id"), "opinions", ["official_id"])


def _comments() -> None:
    op.create_table(
        "comments",
        sa.Column("id", sa.Uuid(), nullable=False),
        _reference("approval_id", "comments", "approvals"),
        _reference("official_id", "comments"),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("for_officials", sa.Boolean(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index(op.f("ix_comments_approval_id"), "comments", ["approval_id"])


def _reference(name: str, table: str, to: str = "officials") -> sa.Column[object]:
    key = sa.ForeignKey(f"{to}.id", name=op.f(f"fk_{table}_{name}_{to}"))
    return sa.Column(name, sa.Uuid(), key, nullable=False)
