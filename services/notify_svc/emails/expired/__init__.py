"""Tells the officials who were asked that the request has expired."""

from notify_svc.emails.email import Context, Email, as_json, name_of, role_at, zone_of
from shared.contracts import ApprovalExpired, Official

EMAIL = Email(
    name="expired",
    to="official",
    when="Nobody decided in time",
    sample={
        "name": "John Smith",
        "requester": "Maria Lopez",
        "role": role_at("State Agency S&C General User", ["Alabama"]),
        "role_name": "State Agency S&C General User",
        "organization": "Alabama",
        "asked_at": "2026-10-23T15:30:00+00:00",
        "expired_at": "2026-11-23T15:30:00+00:00",
        "zone": "America/Chicago",
    },
)


def context(message: ApprovalExpired, official: Official) -> Context:
    """Returns what the mail says."""
    organization = name_of(message.organization)
    return {
        "name": official.name,
        "requester": message.requester_name,
        "role": role_at(message.role_name, [organization] if organization else []),
        "role_name": message.role_name,
        "organization": organization,
        "asked_at": as_json(message.asked_at),
        "expired_at": as_json(message.expired_at),
        "zone": official.time_zone or zone_of(message.organization),
    }
