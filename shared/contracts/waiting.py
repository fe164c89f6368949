"""What approval_svc tells of an approval that waits, and of its end when nobody decides. All datetimes are UTC."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts.messages import Message
from shared.contracts.values import Authority, Official, Organization, Person


@dataclass(frozen=True, kw_only=True)
class DeadlinesPlanned(Message):
    """When the next things happen to an approval, as far as its requester is concerned; the newest message holds.

    None for `escalates_at`: no further authority follows; for `expires_at`: the clock rests, or has not begun.
    `nudge_from` is when the requester may have the officials reminded next.
    """

    approval_id: UUID
    request_id: UUID
    organization: Organization | None
    escalates_at: datetime | None
    expires_at: datetime | None
    nudge_from: datetime | None
    planned_at: datetime


@dataclass(frozen=True, kw_only=True)
class Awaited(Message):
    """Base of what is told of an approval that waits for a decision; `officials` are all who may decide it now.

    Mail of it goes out at `not_before` or later (the organization's mail hours); `links_expire_at` is when the links
    in it end; `expires_at` when the approval does, None while its clock rests; `escalates_at` when the next authority
    is asked besides, None also when none follows. To the officials whose ids `by_digest` has no mail of it goes: a
    digest tells them.
    """

    approval_id: UUID
    request_id: UUID
    requester: Person
    role_name: str
    organization: Organization | None
    authority: Authority
    officials: tuple[Official, ...]
    requested_at: datetime
    expires_at: datetime | None
    links_expire_at: datetime
    not_before: datetime
    by_digest: tuple[UUID, ...] = ()
    escalates_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ReminderDue(Awaited):
    """The officials have not answered and are reminded, for the `number`th time."""

    number: int
    reminded_at: datetime


@dataclass(frozen=True, kw_only=True)
class ApprovalEscalated(Awaited):
    """Nobody answered in time, so the next `authority` is asked too; `newly_asked` are the ids of its officials.

    The other officials may still decide, and are told.
    """

    newly_asked: tuple[UUID, ...]
    escalated_at: datetime


@dataclass(frozen=True, kw_only=True)
class ExpiryAnnounced(Awaited):
    """An approval expires in `business_days` unless somebody decides; requester and officials are told."""

    business_days: int
    announced_at: datetime


@dataclass(frozen=True, kw_only=True)
class ApprovalNudged(Awaited):
    """The requester had the officials reminded."""

    nudged_at: datetime


@dataclass(frozen=True, kw_only=True)
class ApprovalExpired(Message):
    """Nobody decided an approval in time; it is final. `officials` had been asked, since `asked_at`.

    The requester is told with RequestDecided, the officials by mail at `not_before` or later.
    """

    approval_id: UUID
    request_id: UUID
    requester_name: str
    role_name: str
    organization: Organization | None
    authority: Authority
    officials: tuple[Official, ...]
    asked_at: datetime
    expired_at: datetime
    not_before: datetime
