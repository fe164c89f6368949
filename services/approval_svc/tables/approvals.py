"""Requests, their approvals, who was asked, and what happened."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from approval_svc.domain.approvals import State
from approval_svc.tables.base import Base
from approval_svc.tables.deadlines import DeadlineRow
from approval_svc.tables.officials import OfficialRow
from shared.contracts import in_place_of
from shared.db import words


def absent_names(absent: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    """Returns the names of absent officials, in whose place somebody acts, from how a row keeps them."""
    return tuple(each["name"] for each in absent)


class RequestRow(Base):
    """A role request as RoleRequested told it."""

    __tablename__ = "requests"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    correlation_id: Mapped[UUID]
    requester_user_id: Mapped[str]
    requester_name: Mapped[str]
    requester_email: Mapped[str]
    requester_phone: Mapped[str | None]
    category_id: Mapped[str]
    role_id: Mapped[str]
    role_name: Mapped[str]
    option_id: Mapped[str | None]
    survey_for: Mapped[str | None]
    organizations: Mapped[list[dict[str, str | None]]] = mapped_column(JSONB)
    surveyor: Mapped[bool | None]
    surveyor_status: Mapped[str | None]
    federal_surveyor_id: Mapped[str | None]
    employee_id: Mapped[str | None]
    roles_held: Mapped[list[str]]
    submitted_at: Mapped[datetime]
    received_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    approvals: Mapped[list["ApprovalRow"]] = relationship(back_populates="request", order_by="ApprovalRow.id")


class ApprovalRow(Base):
    """One approval of a request: for one organization, or national when it names none."""

    __tablename__ = "approvals"
    __table_args__ = (
        Index("ix_approvals_open", "state", postgresql_where=text("state IN ('asked', 'unroutable')")),
        # With the id, so that what the newest request called an organization is one step away.
        Index("ix_approvals_organization", "organization_kind", "organization_id", "id"),
        Index(
            "ix_approvals_unroutable",
            text("looked_at NULLS FIRST"),
            "id",
            postgresql_where=text("state = 'unroutable'"),
        ),
        Index("ix_approvals_stuck_since", "stuck_since", postgresql_where=text("stuck_since IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("requests.id"), index=True)
    organization_kind: Mapped[str | None] = mapped_column(String(32))
    organization_id: Mapped[str | None] = mapped_column(String(64))
    organization_name: Mapped[str | None]
    organization_time_zone: Mapped[str | None]
    state: Mapped[State] = mapped_column(words("state", State))
    state_since: Mapped[datetime]
    authority_kind: Mapped[str | None] = mapped_column(String(32), comment="who is asked now, or decided")
    authority_id: Mapped[str | None] = mapped_column(String(64))
    authority_name: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("officials.id"))
    decided_by_name: Mapped[str | None]
    decided_for: Mapped[list[dict[str, str]]] = mapped_column(
        JSONB, default=list, server_default="[]", comment="id and name of the absent officials in whose place"
    )
    reason: Mapped[str | None] = mapped_column(String(64))
    comment: Mapped[str | None]
    disciplines: Mapped[list[str]]
    extra_privileges: Mapped[list[str]]
    level: Mapped[int] = mapped_column(
        default=0, server_default=text("0"), comment="the place in the chain of authorities that escalation reached"
    )
    clock_from: Mapped[datetime | None] = mapped_column(
        comment="when it was first asked: its deadlines count from here"
    )
    rested: Mapped[float] = mapped_column(
        default=0.0, server_default=text("0"), comment="business days for which the clock stood still, until it went on"
    )
    resting_since: Mapped[datetime | None] = mapped_column(comment="when the clock was stopped; none while it runs")
    nudge_from: Mapped[datetime | None] = mapped_column(
        comment="when the requester may have the officials reminded next"
    )
    stuck_since: Mapped[datetime | None] = mapped_column(
        comment="when the chain of authorities had ended: operations look"
    )
    looked_at: Mapped[datetime | None] = mapped_column(
        comment="when the beat looked last whether somebody can decide it, while nobody could"
    )
    ends_at: Mapped[datetime | None] = mapped_column(comment="when the role ends that was given for a time")
    revoked_at: Mapped[datetime | None] = mapped_column(comment="when an official took the approval back")
    revoked_by: Mapped[UUID | None] = mapped_column(ForeignKey("officials.id"))
    revoked_by_name: Mapped[str | None]
    revoked_because: Mapped[str | None]

    request: Mapped[RequestRow] = relationship(back_populates="approvals")
    askings: Mapped[list["AskingRow"]] = relationship(back_populates="approval", order_by="AskingRow.asked_at")
    deadlines: Mapped[list["DeadlineRow"]] = relationship(order_by="DeadlineRow.due_at, DeadlineRow.id")

    @property
    def decider(self) -> str | None:
        """Who decided, with the absent in whose place: "Ann Brown for John Smith"; None when nobody did."""
        return in_place_of(self.decided_by_name, absent_names(self.decided_for)) if self.decided_by_name else None


class AskingRow(Base):
    """An official was asked to decide an approval; `ended_at` is set when it is no longer theirs to decide.

    Whoever got no mail may decide all the same: those who are signed in see what waits for them.
    """

    __tablename__ = "askings"
    __table_args__ = (
        Index("ix_askings_undelivered_at", "undelivered_at"),
        Index("ix_askings_live", "official_id", postgresql_where=text("ended_at IS NULL")),
        Index(
            "ix_askings_acting", "approval_id", postgresql_where=text("ended_at IS NULL AND acts_for <> '[]'::jsonb")
        ),
    )

    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"), primary_key=True)
    official_id: Mapped[UUID] = mapped_column(ForeignKey("officials.id"), primary_key=True, index=True)
    asked_at: Mapped[datetime]
    links_expire_at: Mapped[datetime]
    oldest_link_ends: Mapped[datetime | None] = mapped_column(
        comment="when the first of the links ends that are still good; none: only the newest one is"
    )
    ended_at: Mapped[datetime | None]
    acts_for: Mapped[list[dict[str, str]]] = mapped_column(
        JSONB, default=list, server_default="[]", comment="id and name of the absent officials in whose place"
    )
    notice_id: Mapped[UUID | None] = mapped_column(comment="the mail that was heard of last")
    undelivered_at: Mapped[datetime | None] = mapped_column(comment="when it was known that the mail did not arrive")
    undelivered: Mapped[str | None] = mapped_column(comment="why it did not arrive, addresses masked")

    approval: Mapped[ApprovalRow] = relationship(back_populates="askings")
    official: Mapped[OfficialRow] = relationship()

    @property
    def in_place_of(self) -> tuple[str, ...]:
        """The names of the absent officials for whom the official acts."""
        return absent_names(self.acts_for)

    def ask(self, now: datetime, links_expire_at: datetime) -> None:
        """The official is asked, or asked anew: earlier links are, and what became of an earlier mail is, over."""
        self.asked_at, self.links_expire_at, self.ended_at = now, links_expire_at, None
        self.oldest_link_ends = None
        self.notice_id = self.undelivered_at = self.undelivered = None

    def mail_arrived(self, notice_id: UUID) -> None:
        """A mail server took the mail."""
        self.notice_id, self.undelivered_at, self.undelivered = notice_id, None, None

    def mail_failed(self, notice_id: UUID, answer: str, now: datetime) -> None:
        """The mail did not arrive; that of an earlier one says nothing when another one has arrived since."""
        if self.notice_id in (None, notice_id) or self.undelivered_at is not None:
            self.notice_id, self.undelivered_at, self.undelivered = notice_id, now, answer


class HistoryRow(Base):
    """One line of what happened to a request, in words that an official can read."""

    __tablename__ = "history"
    __table_args__ = (Index("ix_history_request_id_at", "request_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("requests.id"))
    approval_id: Mapped[UUID | None] = mapped_column(ForeignKey("approvals.id"))
    at: Mapped[datetime]
    text: Mapped[str]
