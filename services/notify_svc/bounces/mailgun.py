"""Mailgun's webhooks.

https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from notify_svc.bounces.webhook import Call, UnprovenError, as_bytes, as_object, is_same, read_json, text_of
from notify_svc.domain.bounces import Kind, Report, Source, report

WINDOW = timedelta(hours=12)
"""Mailgun repeats a call for 8 hours, and says that calls may come late."""


class Mailgun:
    """Reads one event a call.

    The signature covers a time and a token, not what the call says: so each token counts once. It is the event's id,
    also of an event that tells of no failure.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = keys

    def read(self, call: Call, now: datetime) -> Sequence[Report]:
        """Returns what the event tells."""
        said = as_object(read_json(call.body))
        token = self._checked_token(said.get("signature"), now)
        event = as_object(said.get("event-data"))
        status = event.get("delivery-status")
        status = status if isinstance(status, dict) else {}
        words = text_of(status.get("message") or status.get("description") or event.get("reason"))
        code = text_of(status.get("enhanced-code"))
        return (report(Source.MAILGUN, token, _mail_id(event), _kind(event), words, code),)

    def _checked_token(self, signature: Any, now: datetime) -> str:
        given = signature if isinstance(signature, dict) else {}
        at, token, signed = (text_of(given.get(name)) for name in ("timestamp", "token", "signature"))
        if not token or not any(is_same(_sign(key, at + token), signed) for key in self._keys):
            raise UnprovenError("wrong signature")
        if not at.isdecimal() or abs(int(at) - now.timestamp()) > WINDOW.total_seconds():
            raise UnprovenError("too old")
        return token


def _sign(key: str, said: str) -> str:
    return hmac.new(key.encode(), as_bytes(said), hashlib.sha256).hexdigest()


def _kind(event: dict[str, Any]) -> Kind:
    match text_of(event.get("event")), text_of(event.get("severity")):
        case "failed", "temporary":
            return Kind.DELAYED
        case "failed", _:
            # "old": tried until the time was over, which says nothing for good about the address.
            return Kind.GIVEN_UP if event.get("reason") == "old" else Kind.REFUSED
        case "complained", _:
            return Kind.COMPLAINT
    return Kind.NOTHING


def _mail_id(event: dict[str, Any]) -> str:
    message = event.get("message")
    headers = message.get("headers") if isinstance(message, dict) else None
    return text_of(headers.get("message-id")) if isinstance(headers, dict) else ""
