"""The rows of notify_svc: notices, one for each mail, and every try to deliver them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from notify_svc.domain.notices import Result, State
from shared.audit import audit_tables
from shared.contracts import ClosedBecause
from shared.db import COLUMN_TYPES, new_metadata, words
from shared.messaging.tables import messaging_tables


class Base(DeclarativeBase):
    """Base of this service's rows."""

    metadata = new_metadata()
    type_annotation_map = COLUMN_TYPES


class Notice(Base):
    """One mail to one recipient, stored before it is sent and kept after.

    `context` is what its template is rendered with: ids, names, dates as JSON, never a token or a link.
    `due_at` is when the relay's sweep looks at it again: a retry that has become due, a message that the
    broker lost, or the lease of a worker that was killed.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("caused_by", "recipient_id", "template"),
        Index("ix_notices_due", "due_at", postgresql_where="state IN ('queued', 'sending')"),
        Index("ix_notices_request_id", "request_id"),
        Index("ix_notices_approval_id", "approval_id"),
        Index("ix_notices_recipient_id", "recipient_id"),
        Index("ix_notices_state_id", "state", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    caused_by: Mapped[UUID] = mapped_column(comment="id of the message that it tells of")
    correlation_id: Mapped[UUID]
    request_id: Mapped[UUID | None]
    approval_id: Mapped[UUID | None]
    template: Mapped[str] = mapped_column(String(64), comment="names a folder in emails/")
    context: Mapped[dict[str, Any]] = mapped_column(JSONB)
    recipient_id: Mapped[str] = mapped_column(comment="user id at the sign-in provider")
    recipient_name: Mapped[str]
    recipient_address: Mapped[str]
    state: Mapped[State] = mapped_column(words("state", State))
    reason: Mapped[str | None] = mapped_column(comment="why it was skipped or failed")
    attempts: Mapped[int] = mapped_column(default=0)
    mail_id: Mapped[str | None] = mapped_column(comment="Message-ID, the same for every try")
    written_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(comment="when it was sent, failed or skipped")

    deliveries: Mapped[list["Delivery"]] = relationship(order_by="Delivery.id", lazy="raise")


class Delivery(Base):
    """One try to deliver a notice, with the mail server's answer (addresses masked)."""

    __tablename__ = "deliveries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"), index=True)
    attempt: Mapped[int]
    result: Mapped[Result] = mapped_column(words("result", Result))
    code: Mapped[int | None]
    answer: Mapped[str]
    ended_at: Mapped[datetime]


class ClosedApproval(Base):
    """An approval that needs no decision any more, so that no late mail asks for one."""

    __tablename__ = "closed_approvals"

    approval_id: Mapped[UUID] = mapped_column(primary_key=True)
    because: Mapped[ClosedBecause] = mapped_column(words("because", ClosedBecause))
    closed_at: Mapped[datetime]


messaging_tables(Base.metadata)
audit_tables(Base.metadata)
