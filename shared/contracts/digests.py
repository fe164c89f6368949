"""What approval_svc tells an official in one mail about several approvals. All datetimes are UTC."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.contracts.messages import Message
from shared.contracts.values import Official, Organization


class DigestKind(StrEnum):
    """Why several approvals stand in one mail.

    `daily`: it is the mail of the day. `together`: reminders, escalations or notices of expiry were due. `asked`: the
    reader is newly asked about all of them at once, because other officials came, left, are away or back.
    `handed over`: another official handed all of them over to the reader.
    """

    DAILY = "daily"
    TOGETHER = "together"
    ASKED = "asked"
    HANDED_OVER = "handed over"


@dataclass(frozen=True, kw_only=True)
class DigestEntry:
    """An approval that waits for the reader, who is asked as the official `official_id`.

    `acts_for` names the absent officials in whose place. `decide_by` is when the next authority is asked besides, or
    the approval expires if that comes first; `expires_at` when it expires. Both are None while its clock rests.
    `is_new`: no digest has listed it before.
    """

    approval_id: UUID
    request_id: UUID
    official_id: UUID
    requester: str
    role_name: str
    organization: Organization | None
    requested_at: datetime
    decide_by: datetime | None
    expires_at: datetime | None
    is_new: bool
    acts_for: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DigestDue(Message):
    """An official is told in one mail of several approvals; `entries` are what waits for them, the oldest first.

    `official` is to whom the mail and its link go, who may stand for several authorities. The mail goes out at
    `not_before` or later; its link ends at `links_expire_at`. `handed_by` is the name of who handed them over, with the
    `note` for all of them, which only officials read; both are None in digests of another kind.
    """

    digest_id: UUID
    kind: DigestKind
    official: Official
    entries: tuple[DigestEntry, ...]
    links_expire_at: datetime
    not_before: datetime
    made_at: datetime
    handed_by: str | None = None
    note: str | None = None
