"""What the emails to somebody whose role ended share."""

from notify_svc.emails.email import Context, as_json, name_of, role_at, zone_of
from shared.contracts import EndedBecause, RoleRemoved

SAMPLE: Context = {
    "name": "Maria Lopez",
    "role": role_at("State Agency S&C General User", ["Alabama"]),
    "role_name": "State Agency S&C General User",
    "organization": "Alabama",
    "by": "John Smith",
    "on_behalf_of": "Security Officials of Alabama",
    "reason": "You work for another division now.",
    "in_review": False,
    "ended_at": "2026-11-23T15:30:00+00:00",
    "zone": "America/Chicago",
}


def context_of(message: RoleRemoved) -> Context:
    """Returns what the mail says; the zone is that of the organization, the holder's own is not known."""
    organization = name_of(message.organization)
    return {
        "name": message.holder.name,
        "role": role_at(message.role_name, [organization] if organization else []),
        "role_name": message.role_name,
        "organization": organization,
        "by": message.by_name,
        "on_behalf_of": message.on_behalf_of,
        "reason": message.reason,
        "in_review": message.because is EndedBecause.REVIEW,
        "ended_at": as_json(message.removed_at),
        "zone": zone_of(message.organization),
    }
