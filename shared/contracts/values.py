"""Values that several messages carry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


def in_place_of(name: str, absent: Sequence[str]) -> str:
    """Returns who acts, and for whom: "Ann Brown for John Smith and Lee Park"; the name alone when for nobody else."""
    return f"{name} for {' and '.join(absent)}" if absent else name


class Decision(StrEnum):
    """What an official can decide."""

    APPROVED = "approved"
    REJECTED = "rejected"


class SurveyFor(StrEnum):
    """Whom a contract surveyor surveys for (access job aid 3.1, Figures 18 and 25)."""

    CMS = "cms"
    STATE = "state"


class SurveyorStatus(StrEnum):
    """Answers to "Are you a New or Existing Surveyor?" (access job aid 3.1, Figure 18)."""

    NEW = "new"
    EXISTING = "existing"


class ClosedBecause(StrEnum):
    """Why the officials who were asked need not decide any more."""

    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    MOVED = "moved"


class EndedBecause(StrEnum):
    """Why a role ended; each says who is told by RoleRemoved.

    The holder is told of REVOKED, REMOVED, ENDED and REVIEW. Of INACTIVE they are told with one mail for all roles, of
    GIVEN_BACK the officials are, of ACCOUNT_CLOSED nobody is.
    """

    REVOKED = "revoked"
    REMOVED = "removed"
    GIVEN_BACK = "given back"
    ENDED = "ended"
    INACTIVE = "inactive"
    REVIEW = "review"
    ACCOUNT_CLOSED = "account closed"


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with an account: `user_id` is the subject at the sign-in provider."""

    user_id: str
    name: str
    email: str
    phone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Organization:
    """An organization of the catalog. `kind`: state, contract-organization, mac, ado or provider."""

    kind: str
    id: str
    name: str
    time_zone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Authority:
    """Who decides: the Security Officials of one organization, or a national body.

    `kind` is an organization's kind, "cms" or "help-desk"; `id` is the organization's id, or the kind again.
    """

    kind: str
    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Official:
    """A Security Official who was asked. `time_zone` is an IANA name.

    `acts_for` names the absent officials in whose place they were asked.
    """

    official_id: UUID
    user_id: str
    name: str
    email: str
    phone: str | None = None
    time_zone: str | None = None
    acts_for: tuple[str, ...] = ()

    @property
    def acting(self) -> str:
        """The name, with those of the absent in whose place the official was asked."""
        return in_place_of(self.name, self.acts_for)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one approval of a request ended. `reason` is a sentence; privileges and disciplines are names.

    `ends_at` is when the role ends that was given for a time (UTC), None for one that has no end. `acted_for` names the
    absent officials in whose place it was decided.
    """

    approval_id: UUID
    organization: Organization | None
    decision: Decision
    decided_by: str
    reason: str | None = None
    comment: str | None = None
    disciplines: tuple[str, ...] = ()
    extra_privileges: tuple[str, ...] = ()
    ends_at: datetime | None = None
    acted_for: tuple[str, ...] = ()

    @property
    def decider(self) -> str:
        """Who decided, and in whose place."""
        return in_place_of(self.decided_by, self.acted_for)


@dataclass(frozen=True, kw_only=True)
class DatedOutcome(Outcome):
    """An outcome that stands beside others, each decided at its own time; `revoked_at` when it was taken back. UTC."""

    decided_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ExpiredPart:
    """An approval on which nobody decided in time. `authority` names who was asked, since `asked_at`."""

    approval_id: UUID
    organization: Organization | None
    authority: str
    asked_at: datetime
    expired_at: datetime
