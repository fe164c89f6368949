"""What time makes happen, and the days that do not count."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.tables.base import Base
from shared.db import words


class DeadlineRow(Base):
    """Something that time makes happen to an approval, once; none of them is open when the approval is closed.

    `due_at` is empty while the clock rests. `fired_at` is when it took effect, `ended_at` when it was no longer open,
    for whatever reason; `outcome` says which.
    """

    __tablename__ = "deadlines"
    __table_args__ = (
        Index("uq_deadlines_approval_id_kind_step", "approval_id", "kind", "step", unique=True),
        # What is due is found by this alone, however many rows there are.
        Index("ix_deadlines_due_at", "due_at", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"))
    kind: Mapped[DeadlineKind] = mapped_column(words("kind", DeadlineKind))
    step: Mapped[int] = mapped_column(comment="counts those of its kind, from 1")
    due_at: Mapped[datetime | None]
    fired_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(32))


class ClosingDayRow(Base):
    """A day on which an organization is closed, besides weekends and holidays: it does not count for deadlines."""

    __tablename__ = "closing_days"

    organization_kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True, comment="by the organization's own calendar")
    name: Mapped[str] = mapped_column(String(120))
