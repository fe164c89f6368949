"""Questions that were answered: nobody is mailed of them any more, however late the message comes."""

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "answered_questions",
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_answered_questions")),
    )
    op.create_index("ix_answered_questions_answered_at", "answered_questions", ["answered_at"])


def downgrade() -> None:
    """Forgets them: a reminder that was overtaken by an answer would be sent."""
    op.drop_table("answered_questions")
