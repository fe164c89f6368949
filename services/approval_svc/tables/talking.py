"""What officials say to each other about an approval: handing it over, opinions, comments."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from approval_svc.tables.approvals import ApprovalRow
from approval_svc.tables.base import Base
from approval_svc.tables.officials import OfficialRow


class HandoverRow(Base):
    """An official gave an approval to another one, in the order of `handed_at`.

    `ended_at` is when the receiver could not decide any more: from then on it is before whom routing names.
    """

    __tablename__ = "handovers"
    __table_args__ = (Index("ix_handovers_tell_at", "tell_at", postgresql_where=sql("tell_at IS NOT NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"), index=True)
    giver_id: Mapped[UUID] = mapped_column(ForeignKey("officials.id"))
    receiver_id: Mapped[UUID] = mapped_column(ForeignKey("officials.id"))
    note: Mapped[str]
    handed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    tell_at: Mapped[datetime | None] = mapped_column(
        comment="the receiver is told with what else came in the same go, then at the latest; none: they were"
    )

    approval: Mapped[ApprovalRow] = relationship()
    giver: Mapped[OfficialRow] = relationship(foreign_keys=[giver_id])
    receiver: Mapped[OfficialRow] = relationship(foreign_keys=[receiver_id])


class OpinionRow(Base):
    """An official was asked what they think of a request, and perhaps said so; it gives them no say."""

    __tablename__ = "opinions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"), index=True)
    asked_by_id: Mapped[UUID] = mapped_column(ForeignKey("officials.id"))
    official_id: Mapped[UUID] = mapped_column(ForeignKey("officials.id"), index=True)
    question: Mapped[str]
    asked_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]

    approval: Mapped[ApprovalRow] = relationship()
    asked_by: Mapped[OfficialRow] = relationship(foreign_keys=[asked_by_id])
    official: Mapped[OfficialRow] = relationship(foreign_keys=[official_id])


class CommentRow(Base):
    """A comment of an official; `for_officials` keeps it from the requester for good."""

    __tablename__ = "comments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"), index=True)
    official_id: Mapped[UUID] = mapped_column(ForeignKey("officials.id"))
    author: Mapped[str]
    text: Mapped[str]
    for_officials: Mapped[bool]
    made_at: Mapped[datetime]
