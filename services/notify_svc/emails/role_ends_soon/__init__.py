"""Tells the holder of a role that was given for a time that it ends soon."""

from notify_svc.emails.email import Context, Email, as_json, name_of, role_at, zone_of
from shared.contracts import RoleEndsSoon

EMAIL = Email(
    name="role_ends_soon",
    to="role holder",
    when="A role that was given for a time ends soon",
    sample={
        "name": "Maria Lopez",
        "role": role_at("State Agency S&C General User", ["Alabama"]),
        "role_name": "State Agency S&C General User",
        "organization": "Alabama",
        "days": 30,
        "ends_at": "2026-12-24T05:59:00+00:00",
        "grant_id": "00000000-0000-0000-0000-000000000003",
        "zone": "America/Chicago",
    },
)


def context(message: RoleEndsSoon) -> Context:
    """Returns what the mail says; the zone is that of the organization, the holder's own is not known."""
    organization = name_of(message.organization)
    return {
        "name": message.holder.name,
        "role": role_at(message.role_name, [organization] if organization else []),
        "role_name": message.role_name,
        "organization": organization,
        "days": message.days,
        "ends_at": as_json(message.ends_at),
        "grant_id": str(message.grant_id),
        "zone": zone_of(message.organization),
    }
