"""Roles that were given for a time, and who was told that their organization has few officials."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from approval_svc.tables.base import Base


class RoleEndRow(Base):
    """A role that was given for a time ends, or its holder is told that it will, once.

    `fired_at` is when it took effect, `ended_at` when it was no longer open, for whatever reason.
    """

    __tablename__ = "role_ends"
    __table_args__ = (
        Index("uq_role_ends_grant_id_days", "grant_id", "days", unique=True),
        # What is due is found by this alone, however many rows there are.
        Index("ix_role_ends_due_at", "due_at", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(ForeignKey("grants.id"))
    days: Mapped[int] = mapped_column(comment="days before the end; 0 is the end itself")
    due_at: Mapped[datetime]
    fired_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class FewOfficialsToldRow(Base):
    """The officials of an authority were told in a quarter that they are fewer than recommended, or are to be."""

    __tablename__ = "few_officials_told"

    authority_kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    authority_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    quarter: Mapped[str] = mapped_column(String(8), primary_key=True, comment='of the calendar, such as "2026-Q4"')
    told_at: Mapped[datetime | None]
    tried_again_at: Mapped[datetime | None] = mapped_column(
        comment="they could not be told; not before this it is tried again"
    )
