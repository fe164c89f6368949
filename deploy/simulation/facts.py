"""What people did, as they know it themselves: the simulation foretells the mails from this, not from any table."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from deploy.simulation.plan import Request
from shared.contracts import Organization


class Ending(StrEnum):
    """How somebody ended an approval; that time did is for the simulation to say."""

    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass
class Leave:
    """Somebody was absent from `begins_at` to `over_at`, and another one (a user id too) acted for them.

    `due_over_at` is until when they meant to be: `over_at` is sooner where they came back, or never left.
    """

    who: str
    substitute: str
    begins_at: datetime
    due_over_at: datetime
    over_at: datetime


@dataclass(frozen=True)
class Handed:
    """One official handed an approval over to another one (user ids); `pile` is the same for what went in one go."""

    at: datetime
    giver: str
    receiver: str
    pile: int | None = None


@dataclass
class Part:
    """One approval: `asked_at` is when its officials were asked. A question is asked once at most."""

    approval_id: UUID
    organization: Organization | None
    asked_at: datetime
    nudged_at: list[datetime] = field(default_factory=list)
    questioned: tuple[datetime, str] | None = None
    """When, and by whom (user id)."""
    answered_at: datetime | None = None
    handed: list[Handed] = field(default_factory=list)
    ended: tuple[datetime, Ending] | None = None
    ended_by: str | None = None


@dataclass
class Life:
    """What became of a request."""

    request: Request
    request_id: UUID
    correlation_id: UUID
    parts: list[Part]
