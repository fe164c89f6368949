"""What the webhooks of all providers have in common."""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from notify_svc.domain.bounces import Report


class UnprovenError(Exception):
    """The call does not prove that it comes from the provider."""


class UnreadableError(ValueError):
    """The provider's proof is good, but what it says is not what it is documented to say."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A webhook call: the body as it came, and headers by lower-case name."""

    body: bytes
    headers: Mapping[str, str]
    user: str | None = None
    password: str | None = None


class Provider(Protocol):
    """Reads the calls of one provider."""

    def read(self, call: Call, now: datetime) -> Sequence[Report]:
        """Returns what the call reports. Raises UnprovenError or UnreadableError."""


def read_json(body: bytes) -> Any:
    """Returns what the body says. Raises UnreadableError, also for nesting that no provider writes."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(type(error).__name__) from error


def as_object(value: Any) -> dict[str, Any]:
    """Returns a JSON object. Raises UnreadableError."""
    if not isinstance(value, dict):
        raise UnreadableError("an object is missing")
    return value


def text_of(value: Any) -> str:
    """Returns what a field says as text; an empty text for what is absent."""
    return "" if value is None else str(value)


def id_of(given: Any, event: dict[str, Any]) -> str:
    """Returns what the provider calls the event; the event itself when it has no name: two such are not one."""
    return text_of(given) or json.dumps(event, sort_keys=True)


def is_same(one: str, other: str) -> bool:
    """Whether two secrets are the same; takes as long for any two of the same length."""
    return hmac.compare_digest(as_bytes(one), as_bytes(other))


def as_bytes(text: str) -> bytes:
    """Returns the text in UTF-8; half a surrogate pair, which JSON can hold, becomes a question mark."""
    return text.encode("utf-8", "replace")
