"""The review of roles: what approval_svc tells of it. All datetimes are UTC."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts.messages import Message
from shared.contracts.values import Authority, Official, Organization


@dataclass(frozen=True, kw_only=True)
class Reviewer:
    """An official with roles to review: `left` of them, of which `would_end` end when nobody confirms them."""

    official: Official
    left: int
    would_end: int


@dataclass(frozen=True, kw_only=True)
class ReviewDue(Message):
    """The roles of an authority wait to be reviewed by `ends_at`, or still do: `number` counts the reminders from 1.

    `organization` is None for a national authority. A reviewer may be of the next authority up: nobody reviews their
    own role.
    """

    review_id: UUID
    authority: Authority
    organization: Organization | None
    reviewers: tuple[Reviewer, ...]
    number: int
    ends_at: datetime
    told_at: datetime


@dataclass(frozen=True, kw_only=True)
class ReviewClosed(Message):
    """A review is over: how many roles were confirmed and removed, by whom nobody needs to ask, and by silence.

    `gone` are those that had ended otherwise; `officials` reviewed it, or could have.
    """

    review_id: UUID
    authority: Authority
    organization: Organization | None
    officials: tuple[Official, ...]
    confirmed: int
    removed: int
    kept_unanswered: int
    removed_unanswered: int
    gone: int
    opened_at: datetime
    closed_at: datetime
