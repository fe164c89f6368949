"""The rows that request_svc owns."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from request_svc.domain.requests import PartState, RequestState
from request_svc.domain.steps import OrganizationKey, scope_of
from shared.audit import audit_tables
from shared.closed_accounts import closed_account_tables
from shared.contracts import EndedBecause, Organization, Person
from shared.db import COLUMN_TYPES, new_metadata, words
from shared.messaging.tables import messaging_tables
from shared.web.ended_sessions import session_tables


class Base(DeclarativeBase):
    """Base of this service's rows."""

    metadata = new_metadata()
    type_annotation_map = COLUMN_TYPES


class OrganizationRow(Base):
    """An organization that STEP 3 offers; filled by imports. `time_zone` is an IANA name."""

    __tablename__ = "organizations"

    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    time_zone: Mapped[str]
    state: Mapped[str | None]
    provider_type: Mapped[str | None]
    imported_at: Mapped[datetime]

    def as_value(self) -> Organization:
        """Returns what messages say of the organization."""
        return Organization(kind=self.kind, id=self.id, name=self.name, time_zone=self.time_zone)


class Draft(Base):
    """A request being filled in. `answers` holds STEP 3 as typed: field name to list of values."""

    __tablename__ = "drafts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[str]
    category_id: Mapped[str]
    role_id: Mapped[str | None]
    option_id: Mapped[str | None]
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    changed_at: Mapped[datetime] = mapped_column(index=True)


class RoleRequest(Base):
    """A submitted request. `draft_id` makes a double submit one request."""

    __tablename__ = "requests"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    draft_id: Mapped[UUID] = mapped_column(unique=True)
    correlation_id: Mapped[UUID]
    state: Mapped[RequestState] = mapped_column(words("state", RequestState), default=RequestState.PENDING)
    user_id: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str | None]
    category_id: Mapped[str]
    role_id: Mapped[str]
    role_name: Mapped[str]
    option_id: Mapped[str | None]
    survey_for: Mapped[str | None]
    surveyor: Mapped[bool | None]
    surveyor_status: Mapped[str | None]
    federal_surveyor_id: Mapped[str | None]
    employee_id: Mapped[str | None]
    organizations: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    submitted_at: Mapped[datetime]
    withdrawal_asked_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    parts: Mapped[list["Part"]] = relationship(back_populates="request", order_by="Part.position")
    events: Mapped[list["Event"]] = relationship(order_by="Event.at, Event.id")
    grants: Mapped[list["Grant"]] = relationship(back_populates="request", order_by="Grant.granted_at, Grant.id")

    @property
    def is_being_withdrawn(self) -> bool:
        """Whether the person asked to take it back and approval_svc has not said yet what came of it."""
        return self.state is RequestState.PENDING and self.withdrawal_asked_at is not None

    def requester(self) -> Person:
        """Returns who asked, as they were when they asked."""
        return Person(user_id=self.user_id, name=self.name, email=self.email, phone=self.phone)

    def organization_values(self) -> tuple[Organization, ...]:
        """Returns what messages say of the organizations of STEP 3."""
        return tuple(Organization(**each) for each in self.organizations)


class ForOrganization:
    """What a row says of the organization that it is for; none for a national role."""

    organization: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    @property
    def organization_name(self) -> str | None:
        """The organization's name, or None for a national role."""
        return self.organization["name"] if self.organization else None

    def as_value(self) -> Organization | None:
        """Returns what messages say of the organization."""
        return Organization(**self.organization) if self.organization else None


class Part(ForOrganization, Base):
    """One decision that a request needs: of one organization, or of a national body (organization None).

    User, role and option are those of the request, repeated here so that the database itself allows one pending
    part for the same role and organization.
    """

    __tablename__ = "request_parts"
    __table_args__ = (
        UniqueConstraint("request_id", "scope"),
        Index(
            "uq_request_parts_pending",
            "user_id",
            "role_id",
            text("coalesce(option_id, '')"),
            "scope",
            unique=True,
            postgresql_where=text("state = 'pending'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("requests.id", ondelete="CASCADE"))
    position: Mapped[int]
    scope: Mapped[str]
    user_id: Mapped[str]
    role_id: Mapped[str]
    option_id: Mapped[str | None]
    state: Mapped[PartState] = mapped_column(words("state", PartState), default=PartState.PENDING)
    approval_id: Mapped[UUID | None]
    authority: Mapped[str | None]
    officials: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    asked_at: Mapped[datetime | None]
    unroutable_at: Mapped[datetime | None]
    planned_at: Mapped[datetime | None] = mapped_column(comment="when approval_svc told of the deadlines last")
    escalates_at: Mapped[datetime | None] = mapped_column(comment="when the next authority is asked besides")
    expires_at: Mapped[datetime | None] = mapped_column(comment="when it ends undecided; none while the clock rests")
    nudge_from: Mapped[datetime | None] = mapped_column(comment="when the officials may be reminded next")
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    comment: Mapped[str | None]

    request: Mapped[RoleRequest] = relationship(back_populates="parts")


class Question(Base):
    """What an official wants to know about a part, and the answer; `corrections` are fields, before and after.

    `fields` may be corrected with the answer.
    """

    __tablename__ = "questions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    part_id: Mapped[UUID] = mapped_column(ForeignKey("request_parts.id", ondelete="CASCADE"), index=True)
    approval_id: Mapped[UUID]
    asked_by: Mapped[str] = mapped_column(
        comment="the official's name, with those of the absent in whose place they ask"
    )
    authority: Mapped[str]
    text: Mapped[str]
    fields: Mapped[list[str]]
    asked_at: Mapped[datetime]
    clock_goes_on: Mapped[datetime] = mapped_column(comment="until when the deadlines rest for the answer")
    answer: Mapped[str | None]
    corrections: Mapped[list[dict[str, str | None]]] = mapped_column(JSONB, server_default="[]")
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(comment="when it was answered, replaced or of no use any more")

    part: Mapped[Part] = relationship()


class Grant(ForOrganization, Base):
    """A role that a person has, from one approved part of a request."""

    __tablename__ = "grants"
    __table_args__ = (
        Index(
            "uq_grants_active",
            "user_id",
            "role_id",
            text("coalesce(option_id, '')"),
            "scope",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    part_id: Mapped[UUID] = mapped_column(ForeignKey("request_parts.id"), unique=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("requests.id"))
    user_id: Mapped[str]
    category_id: Mapped[str]
    role_id: Mapped[str]
    role_name: Mapped[str]
    option_id: Mapped[str | None]
    scope: Mapped[str]
    surveyor: Mapped[bool | None]
    disciplines: Mapped[list[str]]
    extra_privileges: Mapped[list[str]]
    granted_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    removed_because: Mapped[str | None]
    ends_at: Mapped[datetime | None] = mapped_column(comment="when it ends by itself")
    ended_because: Mapped[EndedBecause | None] = mapped_column(words("ended_because", EndedBecause))
    ended_by: Mapped[str | None] = mapped_column(comment="the name of who ended it")

    request: Mapped[RoleRequest] = relationship(back_populates="grants")

    @property
    def title(self) -> str:
        """The role with its organization: "Contract Surveyor - Alabama" (access job aid 3.1, Figure 20)."""
        return f"{self.role_name} - {self.organization_name}" if self.organization else self.role_name


class SignInRow(Base):
    """When a person last signed in to this service, of the sign-ins that were told of: one a day."""

    __tablename__ = "sign_ins"

    user_id: Mapped[str] = mapped_column(primary_key=True)
    told: Mapped[datetime] = mapped_column(comment="the last one that was told of")


class Event(Base):
    """Something that happened to a request, for its timeline. `people` are names."""

    __tablename__ = "request_events"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("requests.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    organization: Mapped[str | None]
    people: Mapped[list[str]]
    note: Mapped[str | None]
    at: Mapped[datetime]


def scope_of_organization(organization: Organization | None) -> str:
    """Returns the scope of an organization as a message names it."""
    return scope_of(OrganizationKey(organization.kind, organization.id) if organization else None)


messaging_tables(Base.metadata)
audit_tables(Base.metadata)
session_tables(Base.metadata)
closed_account_tables(Base.metadata)
