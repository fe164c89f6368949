"""When officials are absent, and who acts for them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from approval_svc.tables.base import Base
from approval_svc.tables.officials import OfficialRow


class AbsenceRow(Base):
    """A person is absent, wherever they are an official, from one day to another, both included.

    Days are by the clock of `zone`; `begins_at` and `ends_at` are the midnights before and after them. Planned until
    `begun_at`; then in force until `over_at`, which is set for one that was cancelled before too. Never deleted.
    """

    __tablename__ = "absences"
    __table_args__ = (
        Index("ix_absences_user_id", "user_id"),
        # What is to begin or to end is found by these alone, however many are planned or in force.
        Index("ix_absences_begins_at", "begins_at", postgresql_where=text("over_at IS NULL AND begun_at IS NULL")),
        Index("ix_absences_ends_at", "ends_at", postgresql_where=text("over_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    zone: Mapped[str]
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    substitute_id: Mapped[UUID] = mapped_column(ForeignKey("officials.id"))
    entered_at: Mapped[datetime]
    begun_at: Mapped[datetime | None] = mapped_column(comment="when it took effect: others are asked from here on")
    over_at: Mapped[datetime | None] = mapped_column(comment="when it took effect no more, or was cancelled")
    tried_again_at: Mapped[datetime | None] = mapped_column(
        comment="it could not be begun or ended; not before this it is tried again"
    )

    substitute: Mapped[OfficialRow] = relationship()

    @property
    def is_in_force(self) -> bool:
        """Whether others are asked in the person's place now."""
        return self.begun_at is not None and self.over_at is None
