"""Since when mail to an official is refused, with which answer, and since when the address is vouched for."""

import sqlalchemy as sa
from alembic import op

from shared.db import UtcDateTime

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Adds the columns; addresses that are refused already were so before this was kept."""
    op.add_column(
        "officials",
        sa.Column(
            "address_since",
            UtcDateTime(),
            server_default=sa.func.now(),
            nullable=False,
            comment="when somebody vouched for the address last: a mail from before that came back says nothing of it",
        ),
    )
    op.add_column(
        "officials",
        sa.Column(
            "refused_at", UtcDateTime(), nullable=True, comment="when mail to the address was known to be refused"
        ),
    )
    op.add_column(
        "officials",
        sa.Column("refusal", sa.Text(), nullable=True, comment="the mail server's answer, addresses masked"),
    )
    op.execute("UPDATE officials SET address_since = added_at")
    op.execute("UPDATE officials SET refused_at = now(), refusal = 'not kept' WHERE NOT reachable")
    op.create_index("ix_officials_refused_at", "officials", ["refused_at"])


def downgrade() -> None:
    """Removes them."""
    op.drop_index("ix_officials_refused_at", table_name="officials")
    op.drop_column("officials", "refusal")
    op.drop_column("officials", "refused_at")
    op.drop_column("officials", "address_since")
