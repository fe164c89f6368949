"""What approval_svc tells when officials hand an approval over, ask each other, or comment. All datetimes are UTC."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts.messages import Message
from shared.contracts.values import Authority, Official, Organization, Person
from shared.contracts.waiting import Awaited


@dataclass(frozen=True, kw_only=True)
class ApprovalReassigned(Message):
    """An official handed an approval over; `officials` are all who may decide now, `handed_by` and `handed_to` names.

    It tells the requester's side; what the officials said to each other is not in it.
    """

    approval_id: UUID
    request_id: UUID
    organization: Organization | None
    authority: Authority
    officials: tuple[Official, ...]
    handed_by: str
    handed_to: str
    reassigned_at: datetime


@dataclass(frozen=True, kw_only=True)
class ApprovalHandedOver(Awaited):
    """An approval was handed over to `handed_to` (the id of an official), with a note for them alone.

    `handed_by` is a name. Mail of it goes out at once: somebody has just done it, whatever the hour.
    """

    handed_by: str
    handed_to: UUID
    note: str
    handed_at: datetime


@dataclass(frozen=True, kw_only=True)
class OpinionAsked(Message):
    """An official wants to know what another one thinks; `asked_by` is a name, `official` who is asked.

    That gives no say in the decision. `expires_at` is when the approval does, None while its clock rests;
    `links_expire_at` when the link in the mail ends, which opens the question and nothing else.
    """

    opinion_id: UUID
    approval_id: UUID
    request_id: UUID
    requester: Person
    role_name: str
    organization: Organization | None
    official: Official
    asked_by: str
    question: str
    requested_at: datetime
    expires_at: datetime | None
    links_expire_at: datetime
    asked_at: datetime


@dataclass(frozen=True, kw_only=True)
class OpinionGiven(Awaited):
    """An official who was asked for an opinion gave it; `told` are the ids of those who are to know by mail."""

    opinion_id: UUID
    given_by: str
    question: str
    answer: str
    told: tuple[UUID, ...]
    given_at: datetime


@dataclass(frozen=True, kw_only=True)
class CommentMade(Message):
    """An official wrote a comment that everybody may read. Those for officials only are never told of."""

    comment_id: UUID
    approval_id: UUID
    request_id: UUID
    organization: Organization | None
    author: str
    text: str
    made_at: datetime
