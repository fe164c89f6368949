"""How officials want to be mailed, and the digests that were mailed to them."""

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Makes the tables; who chose nothing has immediate mails, as before."""
    _preferences()
    _digests()
    _entries()


def downgrade() -> None:
    """Forgets what was chosen and what was mailed: everybody has immediate mails, and links of digests open nothing."""
    op.drop_table("digest_entries")
    op.drop_table("digests")
    op.drop_table("official_preferences")


def _preferences() -> None:
    op.create_table(
        "official_preferences",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("mails", sa.String(length=16), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "next_digest_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="none for those who want no digest",
        ),
        sa.CheckConstraint("mails IN ('immediate', 'digest', 'both')", name=op.f("ck_official_preferences_mails")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_official_preferences")),
    )
    op.create_index(
        "ix_official_preferences_next_digest_at",
        "official_preferences",
        ["next_digest_at"],
        postgresql_where=sa.text("next_digest_at IS NOT NULL"),
    )


def _digests() -> None:
    op.create_table(
        "digests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("official_id", sa.Uuid(), nullable=False, comment="whose address the mail went to"),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("links_expire_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('daily', 'together', 'asked')", name=op.f("ck_digests_kind")),
        sa.ForeignKeyConstraint(["official_id"], ["officials.id"], name=op.f("fk_digests_official_id_officials")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("user_id", "day", name=op.f("uq_digests_user_id_day")),
    )
    op.create_index("ix_digests_links_expire_at", "digests", ["links_expire_at"])


def _entries() -> None:
    op.create_table(
        "digest_entries",
        sa.Column("digest_id", sa.Uuid(), nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("official_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="its place in the mail, from 1"),
        sa.ForeignKeyConstraint(
            ["digest_id"], ["digests.id"], name=op.f("fk_digest_entries_digest_id_digests"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approvals.id"], name=op.f("fk_digest_entries_approval_id_approvals")
        ),
        sa.ForeignKeyConstraint(
            ["official_id"], ["officials.id"], name=op.f("fk_digest_entries_official_id_officials")
        ),
        sa.PrimaryKeyConstraint("digest_id", "approval_id", name=op.f("pk_digest_entries")),
    )
    op.create_index("ix_digest_entries_approval_id", "digest_entries", ["approval_id"])
