"""Questions to requesters and their answers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | None = None
depends_on: str | None = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "questions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("part_id", sa.Uuid(), nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column(
            "asked_by",
            sa.Text(),
            nullable=False,
            comment="the official's name, with those of the absent in whose place they ask",
        ),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("clock_goes_on", INSTANT, nullable=False, comment="until when the deadlines rest for the answer"),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("corrections", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True, comment="when it was answered, replaced or of no use any more"),
        sa.ForeignKeyConstraint(
            ["part_id"], ["request_parts.id"], name=op.f("fk_questions_part_id_request_parts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
    )
    op.create_index("ix_questions_part_id", "questions", ["part_id"])


def downgrade() -> None:
    """Forgets questions and answers; what was corrected stays so."""
    op.drop_table("questions")
