"""Roles that end, and people who leave. All datetimes are UTC."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts.messages import Message
from shared.contracts.values import Authority, EndedBecause, Official, Organization, Person

# ── approval_svc ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class RoleEndOrdered(Message):
    """A role is to end: request_svc, whose grants these are, ends it and answers with RoleRemoved.

    The role is named by `grant_id`, or by the `approval_id` that gave it, by which it is known before RoleGranted has
    come back; one of the two is given. `ordered_by` is the name of the person who ordered it, None when nobody did (its
    time was over, nobody signed in); `ordered_by_official` their id in the directory, where they are an official;
    `on_behalf_of` names the authority for which they did. `reason` is what the holder reads. An order for a role that
    has ended already changes nothing. Mail of it goes out at `not_before` or later, None: at once.
    """

    grant_id: UUID | None
    approval_id: UUID | None
    holder_user_id: str
    because: EndedBecause
    ordered_by: str | None
    ordered_by_official: UUID | None
    on_behalf_of: str | None
    reason: str | None
    ordered_at: datetime
    not_before: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class RoleEndsSoon(Message):
    """A role that was given for a time ends in `days` calendar days; mail of it goes out at `not_before` or later."""

    grant_id: UUID
    holder: Person
    role_name: str
    organization: Organization | None
    ends_at: datetime
    days: int
    told_at: datetime
    not_before: datetime


@dataclass(frozen=True, kw_only=True)
class RoleGivenBack(Message):
    """A holder gave a role back; `officials` are those of the authority that gives it, without the holder."""

    grant_id: UUID
    holder_name: str
    role_name: str
    organization: Organization | None
    authority: Authority
    officials: tuple[Official, ...]
    reason: str | None
    given_back_at: datetime


@dataclass(frozen=True, kw_only=True)
class FewOfficials(Message):
    """An authority has fewer officials than `recommended`; those whom it has are told, once in a `quarter` ("2026-Q4").

    Mail of it goes out at `not_before` or later.
    """

    authority: Authority
    organization: Organization | None
    officials: tuple[Official, ...]
    recommended: int
    quarter: str
    told_at: datetime
    not_before: datetime


# ── identity_svc ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class AccountClosed(Message):
    """An account was closed for good: its holder cannot sign in, their roles end, and they are no official any more."""

    account: Person
    closed_at: datetime
