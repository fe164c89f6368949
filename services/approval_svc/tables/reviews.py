"""The review of roles: when the next one begins, those under way, and what was said of each role."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from approval_svc.domain.reviews import Answer
from approval_svc.domain.routing import NATIONAL, AuthorityId, OrganizationId
from approval_svc.tables.base import Base
from approval_svc.tables.officials import GrantRow
from shared.db import words


class ReviewPlanRow(Base):
    """An authority whose roles are reviewed, and when the next review begins."""

    __tablename__ = "review_plans"

    authority_kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    authority_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(index=True)

    @property
    def authority(self) -> AuthorityId:
        """Whose roles these are."""
        return AuthorityId(kind=self.authority_kind, id=self.authority_id)


class ReviewRow(Base):
    """The review of the roles of one authority. `next_at` is the next reminder, or the end."""

    __tablename__ = "reviews"
    __table_args__ = (
        Index(
            "uq_reviews_open", "authority_kind", "authority_id", unique=True, postgresql_where=text("closed_at IS NULL")
        ),
        Index("ix_reviews_next_at", "next_at", postgresql_where=text("closed_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_kind: Mapped[str] = mapped_column(String(32))
    authority_id: Mapped[str] = mapped_column(String(64))
    authority_name: Mapped[str]
    organization_name: Mapped[str | None] = mapped_column(comment="none for a national authority")
    time_zone: Mapped[str | None]
    opened_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(comment="what nobody has answered then follows the policy")
    next_at: Mapped[datetime]
    reminders: Mapped[int] = mapped_column(comment="how many were given")
    asked: Mapped[list[str]] = mapped_column(comment="the user ids of everybody who was mailed of it")
    closed_at: Mapped[datetime | None]

    items: Mapped[list["ReviewItemRow"]] = relationship(back_populates="review")

    @property
    def authority(self) -> AuthorityId:
        """Whose roles are reviewed."""
        return AuthorityId(kind=self.authority_kind, id=self.authority_id)

    @property
    def organization(self) -> OrganizationId | None:
        """The organization whose roles are reviewed; None for a national authority."""
        return (
            None if self.authority_kind in NATIONAL else OrganizationId(kind=self.authority_kind, id=self.authority_id)
        )


class ReviewItemRow(Base):
    """One role in a review, and what was said of it."""

    __tablename__ = "review_items"

    review_id: Mapped[UUID] = mapped_column(ForeignKey("reviews.id"), primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(ForeignKey("grants.id"), primary_key=True, index=True)
    answer: Mapped[Answer | None] = mapped_column(words("answer", Answer), comment="none: it waits to be reviewed")
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("officials.id"))
    answered_by_name: Mapped[str | None]
    reason: Mapped[str | None]

    review: Mapped[ReviewRow] = relationship(back_populates="items")
    grant: Mapped[GrantRow] = relationship()
