"""An audit that only grows: the database itself refuses to change, delete or empty it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None

REFUSE = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit entries are neither changed nor removed' USING ERRCODE = 'insufficient_privilege';
END
$$
"""

# For each statement, because TRUNCATE knows no rows and a statement that finds none must be refused too.
TRIGGER = """
CREATE TRIGGER audit_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
"""


def upgrade() -> None:
    """Makes the table and what guards it."""
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False, comment="1, 2, 3 … without a gap"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False, comment="user:…, official:…, operator:…, service:… or anonymous"),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column("action", sa.String(length=48), nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column(
            "before",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="only what changed",
        ),
        sa.Column(
            "after",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="only what changed",
        ),
        sa.Column(
            "origin",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="from where: page, message, command or tick",
        ),
        sa.Column("correlation_id", sa.Uuid(), nullable=True),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False, comment="SHA-256 over all other columns"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_subject_kind_subject_id", "audit", ["subject_kind", "subject_id"])
    op.create_index("ix_audit_correlation_id", "audit", ["correlation_id"])
    op.execute(REFUSE)
    op.execute(TRIGGER)
    # ALWAYS: also for a session that sets session_replication_role to get past triggers.
    op.execute("ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_refuse_change")
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM PUBLIC, CURRENT_USER")


def downgrade() -> None:
    """Removes the audit with everything in it."""
    op.drop_table("audit")
    op.execute("DROP FUNCTION audit_refuse()")
