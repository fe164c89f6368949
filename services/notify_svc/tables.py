"""The rows of notify_svc: notices, one for each mail, every try to deliver them, and what came back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from notify_svc.domain.bounces import Kind, Source
from notify_svc.domain.closings import Closing
from notify_svc.domain.notices import Result, State
from shared.audit import audit_tables
from shared.closed_accounts import closed_account_tables
from shared.db import COLUMN_TYPES, new_metadata, words
from shared.messaging.tables import messaging_tables
from shared.web.ended_sessions import session_tables


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
        Index("uq_notices_mail_id", "mail_id", unique=True),
        Index("ix_notices_held", "id", postgresql_where="held"),
        Index("ix_notices_ended_at", "ended_at"),
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
    attempts_before: Mapped[int] = mapped_column(
        default=0, server_default=text("0"), comment="tries from before operations sent it again: they count no more"
    )
    held: Mapped[bool] = mapped_column(
        default=False, server_default=false(), comment="goes on as soon as the mail server is back"
    )
    mail_id: Mapped[str | None] = mapped_column(comment="Message-ID, the same for every try")
    written_at: Mapped[datetime]
    not_before: Mapped[datetime | None] = mapped_column(comment="when the mail hours of the organization allow it")
    due_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(comment="when it was sent, failed, skipped or came back")

    deliveries: Mapped[list["Delivery"]] = relationship(order_by="Delivery.attempt, Delivery.id", lazy="raise")
    bounces: Mapped[list["Bounce"]] = relationship(order_by="Bounce.id", lazy="raise")

    @property
    def tries(self) -> int:
        """How often it was tried since it was written, or since operations sent it again."""
        return self.attempts - self.attempts_before


class Delivery(Base):
    """One try to deliver a notice: written when it begins, completed with the mail server's answer (addresses masked).

    `repeat`: an earlier try of the same notice ended with nobody knowing how, so that the recipient may get the mail
    twice, with one Message-ID.
    """

    __tablename__ = "deliveries"
    __table_args__ = (Index("ix_deliveries_notice_id_attempt", "notice_id", "attempt"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"))
    attempt: Mapped[int]
    repeat: Mapped[bool] = mapped_column(default=False, server_default=false())
    result: Mapped[Result] = mapped_column(words("result", Result))
    code: Mapped[int | None]
    answer: Mapped[str]
    begun_at: Mapped[datetime | None] = mapped_column(comment="unknown for tries before this was kept")
    ended_at: Mapped[datetime | None]


class Bounce(Base):
    """What a provider's webhook or a returned mail said about a mail that had been sent (addresses masked).

    One without a notice was about no mail of ours, or told of no failure; it is kept so that it is not taken twice.
    """

    __tablename__ = "bounces"
    __table_args__ = (
        UniqueConstraint("source", "event_id"),
        Index("ix_bounces_notice_id", "notice_id"),
        Index("ix_bounces_nobodys", "received_at", postgresql_where="notice_id IS NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[Source] = mapped_column(words("source", Source))
    event_id: Mapped[str] = mapped_column(String(64), comment="digest of what the source calls the event")
    notice_id: Mapped[UUID | None] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"))
    kind: Mapped[Kind] = mapped_column(words("kind", Kind))
    status: Mapped[str | None] = mapped_column(String(16), comment="enhanced status code, RFC 3463")
    answer: Mapped[str]
    received_at: Mapped[datetime]


class ClosedApproval(Base):
    """An approval that needs no decision any more, so that no late mail asks for one."""

    __tablename__ = "closed_approvals"
    __table_args__ = (Index("ix_closed_approvals_closed_at", "closed_at"),)

    approval_id: Mapped[UUID] = mapped_column(primary_key=True)
    because: Mapped[Closing] = mapped_column(words("because", Closing))
    closed_at: Mapped[datetime]


class DigestEntry(Base):
    """An approval that a digest lists; it goes when the approval is closed, or is no longer the reader's to decide."""

    __tablename__ = "digest_entries"
    __table_args__ = (Index("ix_digest_entries_approval_id", "approval_id"),)

    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"), primary_key=True)
    approval_id: Mapped[UUID] = mapped_column(primary_key=True)


class PersonsZone(Base):
    """The time zone of somebody's account, as their newest sign-in told it."""

    __tablename__ = "time_zones"

    user_id: Mapped[str] = mapped_column(primary_key=True)
    time_zone: Mapped[str] = mapped_column(String(64))
    known_at: Mapped[datetime]


class AnsweredQuestion(Base):
    """A question that has its answer, so that no late mail asks for one."""

    __tablename__ = "answered_questions"
    __table_args__ = (Index("ix_answered_questions_answered_at", "answered_at"),)

    question_id: Mapped[UUID] = mapped_column(primary_key=True)
    answered_at: Mapped[datetime]


messaging_tables(Base.metadata)
audit_tables(Base.metadata)
session_tables(Base.metadata)
closed_account_tables(Base.metadata)
