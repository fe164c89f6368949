"""What travels around a message: who it is, when it was written, what it belongs to and what caused it."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shared import contracts
from shared.clock import as_utc
from shared.ids import new_id

LONGEST_TYPE = 64
"""As the columns that keep it."""
LONGEST_LANE = 200
RECEIPT = "(receipt)"
"""Type and lane of rows of the outbox that are no messages (see `receipts`): no message has this lane."""
_NUL = re.compile(r"(?<!\\)(\\\\)*\\u0000")


class MalformedEnvelopeError(ValueError):
    """What came from the broker is no envelope."""


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A message on its way.

    `message_id` is a UUIDv7; `correlation_id` is the same for everything that one role request sets going;
    `cause` is the id of the message whose handling wrote this one; `written_at` is UTC. `lane` says whose it is, so
    that one's many messages do not hold up another's. `after` are the messages that the subscriber must be done with
    before.
    """

    message_id: UUID
    type: str
    version: int
    written_at: datetime
    correlation_id: UUID
    cause: UUID | None
    data: dict[str, Any]
    lane: str = ""
    after: tuple[UUID, ...] = ()

    @classmethod
    def around(
        cls, message: contracts.Message, *, correlation_id: UUID, cause: UUID | None, now: datetime, lane: str = ""
    ) -> "Envelope":
        """Wraps a message, validating it. Raises InvalidMessageError."""
        return cls(
            message_id=new_id(),
            type=message.type(),
            version=message.version,
            written_at=as_utc(now),
            correlation_id=correlation_id,
            cause=cause,
            data=contracts.dump(message),
            lane=lane[:LONGEST_LANE],
        )

    def message(self) -> contracts.Message:
        """Reads the message inside. Raises UnknownMessageError or InvalidMessageError."""
        return contracts.load(self.type, self.version, self.data)

    def to_json(self) -> dict[str, Any]:
        """Returns the envelope as JSON values."""
        return {
            "message_id": str(self.message_id),
            "type": self.type,
            "version": self.version,
            "written_at": self.written_at.isoformat(),
            "correlation_id": str(self.correlation_id),
            "cause": str(self.cause) if self.cause else None,
            "data": self.data,
            "lane": self.lane,
            "after": [str(each) for each in self.after],
        }

    @classmethod
    def from_json(cls, raw: Any) -> "Envelope":
        """Reads what `to_json` wrote; `lane` and `after` may be missing, as in envelopes from before they were.

        Raises:
            MalformedEnvelopeError: a part is missing or unreadable.
        """
        _check_keepable(raw)
        try:
            return cls(
                message_id=UUID(raw["message_id"]),
                type=_short(raw["type"]),
                version=int(raw["version"]),
                written_at=as_utc(datetime.fromisoformat(raw["written_at"])),
                correlation_id=UUID(raw["correlation_id"]),
                cause=UUID(raw["cause"]) if raw["cause"] else None,
                data=dict(raw["data"]),
                lane=_lane(raw.get("lane")),
                after=_ids(raw.get("after") or ()),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise MalformedEnvelopeError(f"{type(error).__name__}: {error}") from error


def _short(name: Any) -> str:
    if len(str(name)) > LONGEST_TYPE:
        raise ValueError("type is too long")
    return str(name)


def _lane(name: Any) -> str:
    lane = str(name or "")[:LONGEST_LANE]
    return "" if lane == RECEIPT else lane


def _ids(raw: Iterable[Any]) -> tuple[UUID, ...]:
    return tuple(UUID(each) for each in raw)


def _check_keepable(raw: Any) -> None:
    """Raises MalformedEnvelopeError for what JSON in Python can hold and PostgreSQL's cannot."""
    try:
        text = json.dumps(raw, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:  # no JSON, NaN, half of a surrogate pair
        raise MalformedEnvelopeError(f"{type(error).__name__}: cannot be kept as JSON") from error
    if _NUL.search(text):
        raise MalformedEnvelopeError("holds a NUL character, which no row can keep")
