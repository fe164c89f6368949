"""How officials want to be mailed, and the digests that were mailed to them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from approval_svc.domain.digests import Mails
from approval_svc.tables.approvals import ApprovalRow
from approval_svc.tables.base import Base
from approval_svc.tables.officials import OfficialRow
from shared.contracts import DigestKind
from shared.db import words


class OfficialPreferencesRow(Base):
    """What a person chose for all authorities that they stand for; who chose nothing has immediate mails."""

    __tablename__ = "official_preferences"
    __table_args__ = (
        # Digests that are due are found by this alone, however many people there are.
        Index(
            "ix_official_preferences_next_digest_at",
            "next_digest_at",
            postgresql_where=text("next_digest_at IS NOT NULL"),
        ),
    )

    user_id: Mapped[str] = mapped_column(primary_key=True)
    mails: Mapped[Mails] = mapped_column(words("mails", Mails))
    changed_at: Mapped[datetime]
    next_digest_at: Mapped[datetime | None] = mapped_column(comment="none for those who want no digest")


class DigestRow(Base):
    """One mail that listed several approvals. `day` is that of a daily one, by the official's own calendar."""

    __tablename__ = "digests"
    __table_args__ = (
        UniqueConstraint("user_id", "day"),
        Index("ix_digests_links_expire_at", "links_expire_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[str]
    official_id: Mapped[UUID] = mapped_column(ForeignKey("officials.id"), comment="whose address the mail went to")
    kind: Mapped[DigestKind] = mapped_column(words("kind", DigestKind))
    day: Mapped[date | None]
    made_at: Mapped[datetime]
    links_expire_at: Mapped[datetime]

    official: Mapped[OfficialRow] = relationship()
    entries: Mapped[list["DigestEntryRow"]] = relationship(order_by="DigestEntryRow.position")


class DigestEntryRow(Base):
    """An approval that a digest listed, and as whom its reader was asked."""

    __tablename__ = "digest_entries"
    __table_args__ = (Index("ix_digest_entries_approval_id", "approval_id"),)

    digest_id: Mapped[UUID] = mapped_column(ForeignKey("digests.id", ondelete="CASCADE"), primary_key=True)
    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"), primary_key=True)
    official_id: Mapped[UUID] = mapped_column(ForeignKey("officials.id"))
    position: Mapped[int] = mapped_column(comment="its place in the mail, from 1")

    approval: Mapped[ApprovalRow] = relationship()
