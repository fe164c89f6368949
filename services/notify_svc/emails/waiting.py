"""What the emails about an approval that waits for a decision share."""

from datetime import datetime

from notify_svc.emails.email import Context, as_json, name_of, role_at, zone_of
from shared.contracts import ApprovalRequested, Awaited, Official

FOR_REQUESTER: Context = {
    "name": "Maria Lopez",
    "requester": "Maria Lopez",
    "requester_email": "maria.lopez@example.gov",
    "role": role_at("State Agency S&C General User", ["Alabama"]),
    "role_name": "State Agency S&C General User",
    "organization": "Alabama",
    "authority": "Security Officials of Alabama",
    "officials": ["John Smith", "Ann Brown"],
    "requested_at": "2026-11-20T20:05:00+00:00",
    "escalates_at": "2026-11-30T14:00:00+00:00",
    "expires_at": "2026-12-22T20:05:00+00:00",
    "decide_by": "2026-11-30T14:00:00+00:00",
    "zone": "America/Chicago",
}
SAMPLE: Context = FOR_REQUESTER | {
    "name": "John Smith",
    "acts_for": [],
    "others": 1,
    "links_expire_at": "2026-12-24T20:05:00+00:00",
    "approval_id": "00000000-0000-0000-0000-000000000001",
    "official_id": "00000000-0000-0000-0000-000000000002",
}


def for_official(message: Awaited, official: Official) -> Context:
    """Returns what a mail to one of the officials says, and the ids that its link is minted for."""
    return _common(message) | {
        "name": official.name,
        "acts_for": list(official.acts_for),
        "others": len(message.officials) - 1,
        "links_expire_at": as_json(message.links_expire_at),
        "zone": official.time_zone or zone_of(message.organization),
        "approval_id": str(message.approval_id),
        "official_id": str(official.official_id),
    }


def for_requester(message: Awaited) -> Context:
    """Returns what a mail to the requester says; their own zone is not known, that of the organization is next."""
    return _common(message) | {"name": message.requester.name, "zone": zone_of(message.organization)}


def _common(message: Awaited) -> Context:
    organization = name_of(message.organization)
    return {
        "requester": message.requester.name,
        "requester_email": message.requester.email,
        "role": role_at(message.role_name, [organization] if organization else []),
        "role_name": message.role_name,
        "organization": organization,
        "authority": message.authority.name,
        "officials": [official.acting for official in message.officials],
        "requested_at": as_json(message.requested_at),
        **dates_of(message),
    }


def dates_of(message: Awaited | ApprovalRequested) -> Context:
    """Returns by when a decision is wanted: before others are asked too, or where none follow before it expires."""
    return {
        "escalates_at": or_none(message.escalates_at),
        "expires_at": or_none(message.expires_at),
        "decide_by": or_none(message.escalates_at or message.expires_at),
    }


def or_none(instant: datetime | None) -> str | None:
    """Returns the instant as `as_json` does, or None."""
    return as_json(instant) if instant else None
