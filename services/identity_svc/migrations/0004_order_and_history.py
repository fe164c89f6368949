"""Messages keep their order, their turn, how often they were sent and what went wrong with them.

What was on its way counts as sent into a memory that the broker does not have any more: it is sent once more.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STATES = ("done", "failed", "waiting", "dead", "closed")
KINDS = ("temporary", "fault", "poison", "not_yet")
EVENTS = ("failed", "buried", "repaired", "replayed", "closed")


def words(name: str, members: Sequence[str]) -> sa.Enum:
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=16)


def upgrade() -> None:
    extend_outbox()
    extend_inbox()
    create_history()


def extend_outbox() -> None:
    op.add_column(
        "outbox",
        sa.Column(
            "after",
            postgresql.ARRAY(sa.Uuid()),
            server_default="{}",
            nullable=False,
            comment="message ids that the subscriber must be done with before",
        ),
    )
    op.add_column(
        "outbox",
        sa.Column(
            "lane", sa.Text(), server_default="", nullable=False, comment="whose message it is: lanes take turns"
        ),
    )
    op.add_column(
        "outbox",
        sa.Column("sends", sa.Integer(), server_default="0", nullable=False, comment="how often the broker took it"),
    )
    op.add_column(
        "outbox", sa.Column("sent_into", sa.Text(), nullable=True, comment="which memory of the broker took it last")
    )
    op.execute("UPDATE outbox SET sends = 1 WHERE sent_at IS NOT NULL")
    for index in ("ix_outbox_unsent", "ix_outbox_untaken", "ix_outbox_correlation_id"):
        op.drop_index(index, table_name="outbox")
    op.create_index("ix_outbox_unsent", "outbox", ["queue", "lane", "id"], postgresql_where=sa.text("sent_at IS NULL"))
    op.create_index(
        "ix_outbox_untaken",
        "outbox",
        ["queue", "sent_at"],
        postgresql_where=sa.text("sent_at IS NOT NULL AND taken_at IS NULL"),
    )
    op.create_index("ix_outbox_correlation_id_queue", "outbox", ["correlation_id", "queue"])
    op.create_index("ix_outbox_taken_at", "outbox", ["taken_at"], postgresql_where=sa.text("taken_at IS NOT NULL"))


def extend_inbox() -> None:
    op.add_column(
        "inbox",
        sa.Column(
            "after",
            postgresql.ARRAY(sa.Uuid()),
            server_default="{}",
            nullable=False,
            comment="message ids that must be over before",
        ),
    )
    op.add_column("inbox", sa.Column("kind", words("kind", KINDS), nullable=True, comment="of the last failure"))
    op.add_column(
        "inbox",
        sa.Column(
            "replayed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when operations sent it on its way again",
        ),
    )
    op.alter_column("inbox", "state", comment=None)
    op.alter_column("inbox", "attempts", comment="since it came or was replayed")
    op.alter_column("inbox", "error", comment="the last failure, in one line")
    op.alter_column("inbox", "due_at", comment="when a failed or waiting message is looked at again")
    op.alter_column("inbox", "handled_at", comment="when it was done or closed")
    op.create_check_constraint(op.f("ck_inbox_state"), "inbox", sa.column("state").in_(STATES))
    op.drop_index("ix_inbox_failed_due", table_name="inbox")
    op.create_index("ix_inbox_due", "inbox", ["due_at"], postgresql_where=sa.text("state IN ('failed', 'waiting')"))
    op.create_index("ix_inbox_waiting", "inbox", ["correlation_id"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_index(
        "ix_inbox_open",
        "inbox",
        ["state", "received_at"],
        postgresql_where=sa.text("state IN ('failed', 'waiting', 'dead')"),
    )
    op.create_index("ix_inbox_handled_at", "inbox", ["handled_at"], postgresql_where=sa.text("handled_at IS NOT NULL"))


def create_history() -> None:
    op.create_table(
        "message_history",
        sa.Column("id", sa.Uuid(), nullable=False, comment="UUIDv7: sorts by time"),
        sa.Column("message_id", sa.Uuid(), nullable=False, comment="its history goes when the message is forgotten"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", words("what", EVENTS), nullable=False),
        sa.Column("by", sa.Text(), nullable=True, comment="who did it, if a person did"),
        sa.Column("kind", words("kind", KINDS), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True, comment="in one line"),
        sa.Column("traceback", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True, comment="what the person wrote"),
        sa.Column(
            "envelope",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="of a repair: {before, after}",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["inbox.message_id"], name=op.f("fk_message_history_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_history")),
    )
    op.create_index("ix_message_history_message_id", "message_history", ["message_id", "id"])


def downgrade() -> None:
    op.drop_table("message_history")
    shrink_inbox()
    shrink_outbox()


def shrink_inbox() -> None:
    for index in ("ix_inbox_handled_at", "ix_inbox_open", "ix_inbox_waiting", "ix_inbox_due"):
        op.drop_index(index, table_name="inbox")
    op.drop_constraint(op.f("ck_inbox_state"), "inbox")
    op.execute("UPDATE inbox SET state = 'failed', due_at = now() WHERE state = 'waiting'")
    op.execute("UPDATE inbox SET state = 'dead' WHERE state = 'closed'")
    op.create_index("ix_inbox_failed_due", "inbox", ["due_at"], postgresql_where=sa.text("state = 'failed'"))
    for column in ("attempts", "error", "due_at", "handled_at"):
        op.alter_column("inbox", column, comment=None)
    op.alter_column("inbox", "state", comment="done, failed (will be tried again) or dead")
    for column in ("replayed_at", "kind", "after"):
        op.drop_column("inbox", column)


def shrink_outbox() -> None:
    for index in ("ix_outbox_taken_at", "ix_outbox_correlation_id_queue", "ix_outbox_untaken", "ix_outbox_unsent"):
        op.drop_index(index, table_name="outbox")
    op.create_index("ix_outbox_unsent", "outbox", ["id"], postgresql_where=sa.text("sent_at IS NULL"))
    op.create_index(
        "ix_outbox_untaken",
        "outbox",
        ["sent_at"],
        postgresql_where=sa.text("sent_at IS NOT NULL AND taken_at IS NULL"),
    )
    op.create_index("ix_outbox_correlation_id", "outbox", ["correlation_id"])
    for column in ("sent_into", "sends", "lane", "after"):
        op.drop_column("outbox", column)
