"""The rows of approval_svc: officials, requests, approvals, who was asked, and what happened."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from approval_svc.domain.approvals import State
from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.domain.routing import AuthorityId, OrganizationId
from shared.audit import audit_tables
from shared.db import COLUMN_TYPES, new_metadata, words
from shared.messaging.tables import messaging_tables
from shared.web.ended_sessions import session_tables


class Base(DeclarativeBase):
    """Base of this service's rows."""

    metadata = new_metadata()
    type_annotation_map = COLUMN_TYPES


class OfficialRow(Base):
    """A Security Official: one person standing for one authority. Never deleted, so that history keeps its names."""

    __tablename__ = "officials"
    __table_args__ = (
        Index("uq_officials_authority_user_id", "authority_kind", "authority_id", "user_id", unique=True),
        Index("ix_officials_user_id", "user_id"),
        Index("ix_officials_refused_at", "refused_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_kind: Mapped[str] = mapped_column(String(32))
    authority_id: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[str]
    name: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str | None]
    time_zone: Mapped[str | None]
    active: Mapped[bool]
    reachable: Mapped[bool]
    address_since: Mapped[datetime] = mapped_column(
        comment="when somebody vouched for the address last: a mail from before that came back says nothing of it",
        server_default=func.now(),
    )
    refused_at: Mapped[datetime | None] = mapped_column(comment="when mail to the address was known to be refused")
    refusal: Mapped[str | None] = mapped_column(comment="the mail server's answer, addresses masked")
    source: Mapped[str] = mapped_column(String(16), comment="import or grant: where the row came from first")
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    @property
    def authority(self) -> AuthorityId:
        """The authority that the person stands for."""
        return AuthorityId(kind=self.authority_kind, id=self.authority_id)

    def vouch(self, now: datetime) -> None:
        """The address is said to work, by whoever has just entered or checked it."""
        self.reachable, self.address_since = True, now
        self.refused_at = self.refusal = None

    def take_address(self, email: str, now: datetime) -> bool:
        """Takes an address as somebody entered it; returns whether it is another one than before.

        That vouches for it when it is another one, or was refused; the same again says nothing new.
        """
        is_other = self.email != email
        if is_other or not self.reachable:
            self.email = email
            self.vouch(now)
        return is_other

    def refuse(self, answer: str, now: datetime) -> None:
        """Mail to the address was refused for good."""
        self.reachable, self.refused_at, self.refusal = False, now, answer

    @property
    def standing(self) -> str:
        """Whether the person can be asked: "active", "mail is refused" or "removed"."""
        if not self.active:
            return "removed"
        return "active" if self.reachable else "mail is refused"


class OfficialGrantRow(Base):
    """A grant that makes, or made, somebody an official. Kept so that messages may come in any order."""

    __tablename__ = "official_grants"

    grant_id: Mapped[UUID] = mapped_column(primary_key=True)
    official_id: Mapped[UUID | None] = mapped_column(ForeignKey("officials.id"), index=True)
    ended_at: Mapped[datetime | None]


class GrantRow(Base):
    """A role that somebody has, or had; `extra_privileges` are as the messages name them.

    A grant whose end was heard of before its beginning has no privileges, and needs none.
    """

    __tablename__ = "grants"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    holder_user_id: Mapped[str] = mapped_column(index=True)
    role_id: Mapped[str]
    role_name: Mapped[str]
    organization_kind: Mapped[str | None] = mapped_column(String(32))
    organization_id: Mapped[str | None] = mapped_column(String(64))
    organization_name: Mapped[str | None]
    extra_privileges: Mapped[list[str]]
    removed_at: Mapped[datetime | None]

    @property
    def organization(self) -> OrganizationId | None:
        """The organization that the role is for, or None for a national one."""
        if self.organization_kind is None or self.organization_id is None:
            return None
        return OrganizationId(kind=self.organization_kind, id=self.organization_id)

    @property
    def title(self) -> str:
        """The role with its organization: "Contract Surveyor (Alabama)"."""
        return f"{self.role_name} ({self.organization_name})" if self.organization_name else self.role_name


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
        Index("ix_approvals_organization", "organization_kind", "organization_id"),
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

    request: Mapped[RequestRow] = relationship(back_populates="approvals")
    askings: Mapped[list["AskingRow"]] = relationship(back_populates="approval", order_by="AskingRow.asked_at")
    deadlines: Mapped[list["DeadlineRow"]] = relationship(order_by="DeadlineRow.due_at, DeadlineRow.id")


class AskingRow(Base):
    """An official was asked to decide an approval; `ended_at` is set when it is no longer theirs to decide.

    Whoever got no mail may decide all the same: those who are signed in see what waits for them.
    """

    __tablename__ = "askings"
    __table_args__ = (Index("ix_askings_undelivered_at", "undelivered_at"),)

    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"), primary_key=True)
    official_id: Mapped[UUID] = mapped_column(ForeignKey("officials.id"), primary_key=True, index=True)
    asked_at: Mapped[datetime]
    links_expire_at: Mapped[datetime]
    oldest_link_ends: Mapped[datetime | None] = mapped_column(
        comment="when the first of the links ends that are still good; none: only the newest one is"
    )
    ended_at: Mapped[datetime | None]
    notice_id: Mapped[UUID | None] = mapped_column(comment="the mail that was heard of last")
    undelivered_at: Mapped[datetime | None] = mapped_column(comment="when it was known that the mail did not arrive")
    undelivered: Mapped[str | None] = mapped_column(comment="why it did not arrive, addresses masked")

    approval: Mapped[ApprovalRow] = relationship(back_populates="askings")
    official: Mapped[OfficialRow] = relationship()

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


class HistoryRow(Base):
    """One line of what happened to a request, in words that an official can read."""

    __tablename__ = "history"
    __table_args__ = (Index("ix_history_request_id_at", "request_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("requests.id"))
    approval_id: Mapped[UUID | None] = mapped_column(ForeignKey("approvals.id"))
    at: Mapped[datetime]
    text: Mapped[str]


messaging_tables(Base.metadata)
audit_tables(Base.metadata)
session_tables(Base.metadata)
