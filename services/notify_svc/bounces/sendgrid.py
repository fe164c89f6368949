"""Twilio SendGrid's signed event webhook.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

import base64
import binascii
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from notify_svc.bounces.webhook import Call, UnprovenError, UnreadableError, as_object, id_of, read_json, text_of
from notify_svc.domain.bounces import SENDGRID_ARGUMENT, Kind, Report, Source, report

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
# "dropped": SendGrid did not even try, because the address had bounced or complained before.
KINDS = {"dropped": Kind.REFUSED, "spamreport": Kind.COMPLAINT, "deferred": Kind.DELAYED}


class SendGrid:
    """Reads lists of events; the signature covers the whole body, and each event has an id of its own."""

    def __init__(self, keys: Sequence[EllipticCurvePublicKey]) -> None:
        self._keys = keys

    def read(self, call: Call, now: datetime) -> Sequence[Report]:
        """Returns what the events tell of failures."""
        self._check(call)
        events = read_json(call.body)
        if not isinstance(events, list):
            raise UnreadableError("a list of events is missing")
        return tuple(_reports(events))

    def _check(self, call: Call) -> None:
        try:
            signature = base64.b64decode(call.headers.get(SIGNATURE, ""), validate=True)
        except (binascii.Error, ValueError) as error:
            raise UnprovenError("no signature") from error
        said = call.headers.get(TIMESTAMP, "").encode() + call.body
        if not any(_verifies(key, signature, said) for key in self._keys):
            raise UnprovenError("wrong signature")


def _verifies(key: EllipticCurvePublicKey, signature: bytes, said: bytes) -> bool:
    try:
        key.verify(signature, said, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _reports(events: Sequence[Any]) -> Iterator[Report]:
    for event in map(as_object, events):
        kind = _kind(event)
        if kind is not None:
            said = text_of(event.get("reason") or event.get("response") or event.get("event"))
            event_id, status = id_of(event.get("sg_event_id"), event), text_of(event.get("status"))
            yield report(Source.SENDGRID, event_id, _mail_id(event), kind, said, status)


def _kind(event: dict[str, Any]) -> Kind | None:
    name = text_of(event.get("event"))
    if name == "bounce":
        return Kind.GIVEN_UP if event.get("type") == "blocked" else Kind.REFUSED
    return KINDS.get(name)


def _mail_id(event: dict[str, Any]) -> str:
    """Returns the argument that we gave the mail; bounces that come late do not always have the Message-ID."""
    arguments = event.get("unique_args")
    nested = arguments.get(SENDGRID_ARGUMENT) if isinstance(arguments, dict) else None
    return text_of(event.get(SENDGRID_ARGUMENT) or nested or event.get("smtp-id"))
