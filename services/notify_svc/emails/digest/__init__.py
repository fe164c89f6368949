"""Lists everything that waits for an official in one mail, with one link to decide all of it or a part."""

from datetime import datetime

from notify_svc.emails.email import Context, Email, as_json, name_of, zone_of
from shared.contracts import DigestDue, DigestEntry

MOST = 50
"""Requests that the mail names; how many more wait it says in a number, and its page lists them all."""

EMAIL = Email(
    name="digest",
    to="official",
    when="An official's mail hour, several reminders, escalations or notices of expiry due together, or several "
    "approvals that came to the official at once",
    has_digest_link=True,
    sample={
        "kind": "daily",
        "name": "John Smith",
        "handed_by": None,
        "note": None,
        "entries": [
            {
                "approval_id": "00000000-0000-0000-0000-000000000001",
                "requester": "Maria Lopez",
                "role_name": "State Agency S&C General User",
                "organization": "Alabama",
                "requested_at": "2026-11-17T20:05:00+00:00",
                "decide_by": "2026-11-25T20:05:00+00:00",
                "expires_at": "2026-12-17T20:05:00+00:00",
                "is_new": False,
                "acts_for": [],
            },
            {
                "approval_id": "00000000-0000-0000-0000-000000000004",
                "requester": "Jo Park",
                "role_name": "CMS View Only User",
                "organization": None,
                "requested_at": "2026-11-19T15:30:00+00:00",
                "decide_by": None,
                "expires_at": None,
                "is_new": True,
                "acts_for": ["Ann Brown"],
            },
        ],
        "most": MOST,
        "links_expire_at": "2026-12-20T14:00:00+00:00",
        "zone": "America/Chicago",
        "digest_id": "00000000-0000-0000-0000-000000000005",
        "official_id": "00000000-0000-0000-0000-000000000002",
    },
)


def context(message: DigestDue) -> Context:
    """Returns what the mail says and the ids that its link is minted for."""
    return {
        "kind": message.kind.value,
        "name": message.official.name,
        "handed_by": message.handed_by,
        "note": message.note,
        "entries": [_entry(entry) for entry in message.entries],
        "most": MOST,
        "links_expire_at": as_json(message.links_expire_at),
        "zone": message.official.time_zone or zone_of(*(entry.organization for entry in message.entries)),
        "digest_id": str(message.digest_id),
        "official_id": str(message.official.official_id),
    }


def _entry(entry: DigestEntry) -> Context:
    return {
        "approval_id": str(entry.approval_id),
        "requester": entry.requester,
        "role_name": entry.role_name,
        "organization": name_of(entry.organization),
        "requested_at": as_json(entry.requested_at),
        "decide_by": _or_none(entry.decide_by),
        "expires_at": _or_none(entry.expires_at),
        "is_new": entry.is_new,
        "acts_for": list(entry.acts_for),
    }


def _or_none(instant: datetime | None) -> str | None:
    return as_json(instant) if instant else None
