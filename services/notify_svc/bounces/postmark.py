"""Postmark's bounce and spam complaint webhooks, which carry no signature: Postmark signs in with a password.

https://postmarkapp.com/developer/webhooks/bounce-webhook
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from notify_svc.bounces.webhook import Call, UnprovenError, as_object, id_of, is_same, read_json, text_of
from notify_svc.domain.bounces import POSTMARK_METADATA, Kind, Report, Source, report

REFUSED = frozenset({"HardBounce", "BadEmailAddress", "ManuallyDeactivated", "Unsubscribe"})
DELAYED = frozenset({"Transient", "DnsError"})
NOTHING = frozenset({"AutoResponder", "AddressChange", "Subscribe", "OpenRelayTest", "ChallengeVerification"})


class Postmark:
    """Reads one event a call. Each of `credentials` is user:password."""

    def __init__(self, credentials: Sequence[str]) -> None:
        self._credentials = credentials

    def read(self, call: Call, now: datetime) -> Sequence[Report]:
        """Returns what a bounce or complaint tells."""
        given = f"{call.user}:{call.password}"
        if call.password is None or not any(is_same(given, one) for one in self._credentials):
            raise UnprovenError("wrong password")
        event = as_object(read_json(call.body))
        kind = _kind(event)
        if kind is None:
            return ()
        said = text_of(event.get("Details") or event.get("Description"))
        event_id = f"{text_of(event.get('RecordType'))}/{id_of(event.get('ID'), event)}"
        return (report(Source.POSTMARK, event_id, _mail_id(event), kind, said),)


def _kind(event: dict[str, Any]) -> Kind | None:
    if event.get("RecordType") == "SpamComplaint":
        return Kind.COMPLAINT
    name = text_of(event.get("Type"))
    if event.get("RecordType") != "Bounce" or name in NOTHING:
        return None
    if name in DELAYED:
        return Kind.DELAYED
    # "Inactive": Postmark sends nothing more to the address.
    return Kind.REFUSED if name in REFUSED or event.get("Inactive") is True else Kind.GIVEN_UP


def _mail_id(event: dict[str, Any]) -> str:
    metadata = event.get("Metadata")
    return text_of(metadata.get(POSTMARK_METADATA)) if isinstance(metadata, dict) else ""
