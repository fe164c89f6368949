"""Tells the officials of an organization that somebody gave a role back."""

from notify_svc.emails.email import Context, Email, as_json, name_of, role_at, zone_of
from shared.contracts import Official, RoleGivenBack

EMAIL = Email(
    name="given_back",
    to="official",
    when="A holder gave a role back",
    sample={
        "name": "John Smith",
        "holder": "Maria Lopez",
        "role": role_at("State Agency S&C General User", ["Alabama"]),
        "role_name": "State Agency S&C General User",
        "organization": "Alabama",
        "authority": "Security Officials of Alabama",
        "reason": "I work elsewhere now.",
        "given_back_at": "2026-11-23T15:30:00+00:00",
        "zone": "America/Chicago",
    },
)


def context(message: RoleGivenBack, official: Official) -> Context:
    """Returns what the mail to one of the officials says."""
    organization = name_of(message.organization)
    return {
        "name": official.name,
        "holder": message.holder_name,
        "role": role_at(message.role_name, [organization] if organization else []),
        "role_name": message.role_name,
        "organization": organization,
        "authority": message.authority.name,
        "reason": message.reason,
        "given_back_at": as_json(message.given_back_at),
        "zone": official.time_zone or zone_of(message.organization),
    }
