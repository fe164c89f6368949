"""Questions to requesters and their answers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | None = None
depends_on: str | None = None

INSTANT = sa.DateTime(timezone=True)
STATES = "state IN ('waiting', 'lapsed', 'answered', 'replaced', 'closed')"
OPEN = "state IN ('waiting', 'lapsed')"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "questions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("official_id", sa.Uuid(), nullable=False, comment="who asks"),
        sa.Column(
            "acts_for",
            postgresql.JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="the absent officials in whose place they ask: id and name",
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("clock_goes_on", INSTANT, nullable=False, comment="when it lapses if no answer comes"),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_since", INSTANT, nullable=False),
        sa.Column("steps_done", sa.Integer(), nullable=False, comment="reminders that were given or overtaken"),
        sa.Column("next_at", INSTANT, nullable=True, comment="when the next reminder, or the lapse, is due"),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("corrections", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.CheckConstraint(STATES, name=op.f("ck_questions_state")),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name=op.f("fk_questions_approval_id_approvals")),
        sa.ForeignKeyConstraint(["official_id"], ["officials.id"], name=op.f("fk_questions_official_id_officials")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
    )
    op.create_index("ix_questions_approval_id", "questions", ["approval_id"])
    op.create_index("ix_questions_next_at", "questions", ["next_at"], postgresql_where=sa.text("next_at IS NOT NULL"))
    op.create_index("uq_questions_open", "questions", ["approval_id"], unique=True, postgresql_where=sa.text(OPEN))


def downgrade() -> None:
    """Forgets them; what waited for an answer has its deadlines again with the next `countersign deadlines move`."""
    waiting = "SELECT approval_id FROM questions WHERE state = 'waiting'"
    op.execute(f"UPDATE approvals SET resting_since = NULL WHERE id IN ({waiting})")  # noqa: S608  # constants
    op.drop_table("questions")
