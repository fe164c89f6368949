"""When people signed in last, and when the next thing follows from that."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from approval_svc.tables.base import Base


class ActivityRow(Base):
    """A person who has roles, or had: their row is locked by whoever does something about their inactivity.

    `due_at` is when their roles are looked at next; none where they have none.
    """

    __tablename__ = "activity"
    __table_args__ = (
        # Who is due is found by this alone, however many people there are.
        Index("ix_activity_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    user_id: Mapped[str] = mapped_column(primary_key=True)
    last_sign_in_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None] = mapped_column(comment="when they were last mailed about their inactivity")
    due_at: Mapped[datetime | None]
