"""The directory of officials, and the roles that people have."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from approval_svc.domain.routing import AuthorityId, OrganizationId
from approval_svc.tables.base import Base


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
    __table_args__ = (
        Index(
            "ix_grants_organization",
            "organization_kind",
            "organization_id",
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    holder_user_id: Mapped[str] = mapped_column(index=True)
    holder_name: Mapped[str]
    holder_email: Mapped[str]
    role_id: Mapped[str]
    role_name: Mapped[str]
    organization_kind: Mapped[str | None] = mapped_column(String(32))
    organization_id: Mapped[str | None] = mapped_column(String(64))
    organization_name: Mapped[str | None]
    organization_time_zone: Mapped[str | None]
    extra_privileges: Mapped[list[str]]
    granted_at: Mapped[datetime | None] = mapped_column(comment="none: before this was kept")
    request_id: Mapped[UUID | None] = mapped_column(comment="none: before this was kept")
    ends_at: Mapped[datetime | None] = mapped_column(comment="when it ends by itself")
    removed_at: Mapped[datetime | None]
    end_ordered_at: Mapped[datetime | None] = mapped_column(comment="when this service ordered its end")
    idle_from: Mapped[datetime] = mapped_column(
        server_default=func.now(), comment="days without sign-in count from here, or from the last sign-in after it"
    )
    warned_at: Mapped[datetime | None] = mapped_column(comment="when its holder was last told that it ends for that")

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
