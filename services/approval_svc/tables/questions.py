"""Questions to requesters, and their answers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from approval_svc.domain.questions import QuestionState
from approval_svc.tables.approvals import ApprovalRow
from approval_svc.tables.base import Base
from approval_svc.tables.officials import OfficialRow
from shared.db import words


class QuestionRow(Base):
    """A question of an official about an approval, and what came of it; one at a time can be answered.

    `fields` may be corrected with the answer, `corrections` are those that were: field, before and after.
    """

    __tablename__ = "questions"
    __table_args__ = (
        Index("ix_questions_approval_id", "approval_id"),
        Index("ix_questions_next_at", "next_at", postgresql_where=sql("next_at IS NOT NULL")),
        Index(
            "uq_questions_open",
            "approval_id",
            unique=True,
            postgresql_where=sql("state IN ('waiting', 'lapsed')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"))
    official_id: Mapped[UUID] = mapped_column(ForeignKey("officials.id"), comment="who asks")
    acts_for: Mapped[list[dict[str, str]]] = mapped_column(
        JSONB, server_default=sql("'[]'"), comment="the absent officials in whose place they ask: id and name"
    )
    text: Mapped[str]
    fields: Mapped[list[str]]
    asked_at: Mapped[datetime]
    clock_goes_on: Mapped[datetime] = mapped_column(comment="when it lapses if no answer comes")
    state: Mapped[QuestionState] = mapped_column(words("state", QuestionState))
    state_since: Mapped[datetime]
    steps_done: Mapped[int] = mapped_column(comment="reminders that were given or overtaken")
    next_at: Mapped[datetime | None] = mapped_column(comment="when the next reminder, or the lapse, is due")
    refused_at: Mapped[datetime | None] = mapped_column(
        comment="when the requester's mail server had refused the mail of it for good"
    )
    answer: Mapped[str | None]
    corrections: Mapped[list[dict[str, str | None]]] = mapped_column(JSONB, server_default=sql("'[]'"))
    answered_at: Mapped[datetime | None]

    approval: Mapped[ApprovalRow] = relationship()
    official: Mapped[OfficialRow] = relationship()
