"""Every message of Countersign: a fact in the past tense, written by one service.

A change that an older reader could not take makes a new version; an added field with a default does not
(docs/messages.md). All datetimes are UTC.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.contracts.values import (
    Authority,
    ClosedBecause,
    DatedOutcome,
    Decision,
    EndedBecause,
    ExpiredPart,
    Official,
    Organization,
    Outcome,
    Person,
    SurveyFor,
    SurveyorStatus,
    in_place_of,
)


@dataclass(frozen=True, kw_only=True)
class Message:
    """Base of all messages."""

    version: ClassVar[int] = 1

    @classmethod
    def type(cls) -> str:
        """Returns the name that travels in the envelope."""
        return cls.__name__


# ── request_svc ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class RoleRequested(Message):
    """A person submitted a role request.

    `role_name` is as the person saw it, with the option that they chose; `organizations` are those of STEP 3
    (empty for national roles); `surveyor` answers "Are you a Surveyor?", None for "Skip Question" and where it
    is not asked; `roles_held` are role ids.
    """

    request_id: UUID
    requester: Person
    category_id: str
    role_id: str
    role_name: str
    option_id: str | None
    survey_for: SurveyFor | None
    organizations: tuple[Organization, ...]
    surveyor: bool | None
    surveyor_status: SurveyorStatus | None
    federal_surveyor_id: str | None
    employee_id: str | None
    roles_held: tuple[str, ...]
    submitted_at: datetime


@dataclass(frozen=True, kw_only=True)
class RequestWithdrawn(Message):
    """The requester asked to take the request back while request_svc knew of no decision on all of it.

    What was decided stands; approval_svc answers with ApprovalWithdrawn for each approval that ends by it.
    """

    request_id: UUID
    withdrawn_at: datetime


@dataclass(frozen=True, kw_only=True)
class NudgeAsked(Message):
    """The requester asked to have the officials reminded of the request; approval_svc knows whether it is too early.

    It answers with DeadlinesPlanned for each open approval, which says when the next nudge is possible.
    """

    request_id: UUID
    asked_at: datetime


@dataclass(frozen=True, kw_only=True)
class RoleGranted(Message):
    """A role was given to a person, for one organization or nationally.

    `ends_at` is when it ends by itself, None when it does not; in version 1 none did.
    """

    version: ClassVar[int] = 2

    grant_id: UUID
    request_id: UUID
    holder: Person
    role_id: str
    role_name: str
    organization: Organization | None
    disciplines: tuple[str, ...]
    extra_privileges: tuple[str, ...]
    granted_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class RoleRemoved(Message):
    """A role that was granted ended.

    `by_name` is who ended it, None when time did, or an operator; `on_behalf_of` names the authority for which they
    did; `reason` is what the holder reads. Mail of it goes out at `not_before` or later, None: at once. Version 1 knew
    removals by an operator alone, each with a reason.
    """

    version: ClassVar[int] = 2

    grant_id: UUID
    holder: Person
    role_id: str
    role_name: str
    organization: Organization | None
    because: EndedBecause
    by_name: str | None
    on_behalf_of: str | None
    reason: str | None
    removed_at: datetime
    not_before: datetime | None = None


# ── approval_svc ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class ApprovalRequested(Message):
    """An approval was put before officials.

    `officials` are all who may decide now; `newly_asked` the ids of those to be told with this message (on a
    later change of the directory, or a fresh link, only some are new), but for those of `by_digest`, whom their
    next digest tells. Mail of it goes out at `not_before` or later, None: at once. `organization` is None for national
    roles. `escalates_at` is when the next authority is asked besides, None: none follows; `expires_at` when the
    approval expires; both are None while its clock rests.
    """

    approval_id: UUID
    request_id: UUID
    requester: Person
    role_id: str
    role_name: str
    organization: Organization | None
    authority: Authority
    officials: tuple[Official, ...]
    newly_asked: tuple[UUID, ...]
    requested_at: datetime
    asked_at: datetime
    links_expire_at: datetime
    by_digest: tuple[UUID, ...] = ()
    not_before: datetime | None = None
    escalates_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ApprovalUnroutable(Message):
    """Nobody can decide an approval now; it waits until an official appears."""

    approval_id: UUID
    request_id: UUID
    organization: Organization | None
    noticed_at: datetime


@dataclass(frozen=True, kw_only=True)
class ApprovalDecided(Message):
    """An official decided one approval; `outcome` is final and names the official. In version 1 no role had an end."""

    version: ClassVar[int] = 2

    request_id: UUID
    outcome: Outcome
    decided_at: datetime


@dataclass(frozen=True, kw_only=True)
class ApprovalWithdrawn(Message):
    """An approval ended undecided because its requester took the request back; it is final.

    `organization` is None for national roles; `withdrawn_at` is when it took effect.
    """

    approval_id: UUID
    request_id: UUID
    organization: Organization | None
    withdrawn_at: datetime


@dataclass(frozen=True, kw_only=True)
class RequestDecided(Message):
    """Every approval of a request has ended: one outcome for each, for one consolidated mail.

    `outcomes` are those that were decided, `expired` those on which nobody decided in time; `decided_at` is when the
    last one ended. Mail of it goes out at `not_before` or later, None: at once. Version 1 had no time of its own for
    each outcome, version 2 no approval that expired, version 3 no role that was given for a time.
    """

    version: ClassVar[int] = 4

    request_id: UUID
    requester: Person
    role_id: str
    role_name: str
    outcomes: tuple[DatedOutcome, ...]
    expired: tuple[ExpiredPart, ...]
    decided_at: datetime
    not_before: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ApprovalClosed(Message):
    """An approval needs no decision any more; `officials` had been asked.

    `decision`, `decided_by` (a name) and `decided_by_official` are set when it was decided; `acted_for` names the
    absent officials in whose place.
    """

    approval_id: UUID
    request_id: UUID
    requester_name: str
    role_name: str
    organization: Organization | None
    because: ClosedBecause
    decision: Decision | None
    decided_by: str | None
    decided_by_official: UUID | None
    officials: tuple[Official, ...]
    closed_at: datetime
    acted_for: tuple[str, ...] = ()

    @property
    def decider(self) -> str | None:
        """Who decided, and in whose place; None when nobody did."""
        return in_place_of(self.decided_by, self.acted_for) if self.decided_by else None


# ── notify_svc ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class NoticeQueued(Message):
    """A notice is stored and due to be sent; notify_svc tells its own mail queue."""

    notice_id: UUID
    queued_at: datetime


@dataclass(frozen=True, kw_only=True)
class NoticeSent(Message):
    """An SMTP server took a notice for its recipient. `template` names the email."""

    notice_id: UUID
    template: str
    recipient: str
    request_id: UUID | None
    approval_id: UUID | None
    sent_at: datetime


@dataclass(frozen=True, kw_only=True)
class NoticeFailed(Message):
    """A notice cannot be delivered.

    `recipient` is a user id; `reason` is the server's answer with addresses masked. `permanent`: the address was
    refused for good; False when the tries ran out, which says nothing about the address. `written_at` is when the mail
    was asked for; None from a release that did not say.
    """

    notice_id: UUID
    template: str
    recipient: str
    request_id: UUID | None
    approval_id: UUID | None
    reason: str
    permanent: bool
    failed_at: datetime
    written_at: datetime | None = None


# ── identity_svc ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class AccountLocked(Message):
    """An account was locked after too many wrong passwords; its holder is told."""

    account: Person
    locked_at: datetime
    locked_until: datetime
