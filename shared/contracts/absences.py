"""What approval_svc tells of the absence of a Security Official. All datetimes are UTC."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts.messages import Message
from shared.contracts.values import Official


@dataclass(frozen=True, kw_only=True)
class AbsenceBegun(Message):
    """Somebody else acts for an absent official from now on, or another one than before; both are told.

    It lasts from the beginning of the day of `begins_at` until `ends_at`, the midnight after its last day, both by the
    clock of `time_zone` (IANA). `substitute` is None when who was chosen cannot act: then the other officials, or
    the next authority, are asked. `waiting` is how many requests wait for the substitute's decision. Mail of it goes
    out at `not_before` or later.
    """

    absence_id: UUID
    official: Official
    substitute: Official | None
    time_zone: str
    begins_at: datetime
    ends_at: datetime
    waiting: int
    begun_at: datetime
    not_before: datetime


@dataclass(frozen=True, kw_only=True)
class AbsenceEnded(Message):
    """Nobody acts for an absent official any more: the absence is over, or was cancelled."""

    absence_id: UUID
    ended_at: datetime
