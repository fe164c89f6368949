"""Last sign-ins, inactivity, and the review of roles."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | None = None
depends_on: str | None = None

INSTANT = sa.DateTime(timezone=True)
LIVE = sa.text("removed_at IS NULL")
OPEN = sa.text("closed_at IS NULL")
ANSWERS = "answer IN ('confirmed', 'removed', 'kept', 'ended', 'gone')"
NEWEST_NAMES = """
    UPDATE grants SET holder_name = known.requester_name, holder_email = known.requester_email
    FROM (
        SELECT DISTINCT ON (requester_user_id) requester_user_id, requester_name, requester_email
        FROM requests ORDER BY requester_user_id, submitted_at DESC
    ) AS known
    WHERE known.requester_user_id = grants.holder_user_id
"""
# Days without sign-in count from now for whoever has a role already: before, nobody noted when people signed in.
PEOPLE = """
    INSERT INTO activity (user_id, due_at)
    SELECT DISTINCT holder_user_id, now() + interval '1 day' FROM grants WHERE removed_at IS NULL
"""
AUTHORITIES = """
    INSERT INTO review_plans (authority_kind, authority_id, due_at)
    SELECT DISTINCT coalesce(organization_kind, 'cms'), coalesce(organization_id, 'cms'), now() + interval '1 year'
    FROM grants WHERE removed_at IS NULL
"""


def upgrade() -> None:
    """Makes the tables. A first review begins a year from now, where there is somebody to review."""
    _grants()
    op.create_table(
        "activity",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("last_sign_in_at", INSTANT, nullable=True),
        sa.Column("told_at", INSTANT, nullable=True, comment="when they were last mailed about their inactivity"),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_activity")),
    )
    op.create_index("ix_activity_due_at", "activity", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))
    _reviews()
    op.execute(PEOPLE)
    op.execute(AUTHORITIES)


def downgrade() -> None:
    """Forgets it all."""
    for name in ("review_items", "reviews", "review_plans", "activity"):
        op.drop_table(name)
    op.drop_index("ix_grants_organization", "grants")
    for name in (
        "holder_name",
        "holder_email",
        "organization_time_zone",
        "granted_at",
        "end_ordered_at",
        "idle_from",
        "warned_at",
    ):
        op.drop_column("grants", name)


def _grants() -> None:
    for column in (
        sa.Column("holder_name", sa.Text(), nullable=True),
        sa.Column("holder_email", sa.Text(), nullable=True),
        sa.Column("organization_time_zone", sa.Text(), nullable=True),
        sa.Column("granted_at", INSTANT, nullable=True, comment="none: before this was kept"),
        sa.Column("end_ordered_at", INSTANT, nullable=True, comment="when this service ordered its end"),
        sa.Column(
            "idle_from",
            INSTANT,
            server_default=sa.func.now(),
            nullable=False,
            comment="days without sign-in count from here, or from the last sign-in after it",
        ),
        sa.Column("warned_at", INSTANT, nullable=True, comment="when its holder was last told that it ends for that"),
    ):
        op.add_column("grants", column)
    op.execute(NEWEST_NAMES)
    # Nobody else is known by anything but their user ID, and no mail reaches an empty address.
    op.execute("UPDATE grants SET holder_name = coalesce(holder_name, holder_user_id)")
    op.execute("UPDATE grants SET holder_email = coalesce(holder_email, '')")
    op.alter_column("grants", "holder_name", nullable=False)
    op.alter_column("grants", "holder_email", nullable=False)
    op.create_index("ix_grants_organization", "grants", ["organization_kind", "organization_id"], postgresql_where=LIVE)


def _reviews() -> None:
    op.create_table(
        "review_plans",
        sa.Column("authority_kind", sa.String(length=32), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("authority_kind", "authority_id", name=op.f("pk_review_plans")),
    )
    op.create_index(op.f("ix_review_plans_due_at"), "review_plans", ["due_at"])
    op.create_table(
        "reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("authority_kind", sa.String(length=32), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.Column("authority_name", sa.Text(), nullable=False),
        sa.Column("organization_name", sa.Text(), nullable=True, comment="none for a national authority"),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False, comment="what nobody has answered then follows the policy"),
        sa.Column("next_at", INSTANT, nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False, comment="how many were given"),
        sa.Column(
            "asked",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="the user ids of everybody who was mailed of it",
        ),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    op.create_index(
        "uq_reviews_open", "reviews", ["authority_kind", "authority_id"], unique=True, postgresql_where=OPEN
    )
    op.create_index("ix_reviews_next_at", "reviews", ["next_at"], postgresql_where=OPEN)
    _review_items()


def _review_items() -> None:
    op.create_table(
        "review_items",
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=True, comment="none: it waits to be reviewed"),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_by_name", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(ANSWERS, name=op.f("ck_review_items_answer")),
        sa.ForeignKeyConstraint(["answered_by"], ["officials.id"], name=op.f("fk_review_items_answered_by_officials")),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_review_items_grant_id_grants")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_review_items_review_id_reviews")),
        sa.PrimaryKeyConstraint("review_id", "grant_id", name=op.f("pk_review_items")),
    )
    op.create_index(op.f("ix_review_items_grant_id"), "review_items", ["grant_id"])
