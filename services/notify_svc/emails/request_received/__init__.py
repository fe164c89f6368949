"""Tells the requester that the request arrived, what happens next and how long it can take."""

from notify_svc.emails.email import Context, Email, as_json, role_at, zone_of
from shared.contracts import RoleRequested

EMAIL = Email(
    name="request_received",
    to="requester",
    when="A role request was submitted",
    sample={
        "name": "Maria Lopez",
        "role": role_at("Contract Surveyor", ["Health Management Solutions", "Telligen"]),
        "role_name": "Contract Surveyor",
        "organizations": ["Health Management Solutions", "Telligen"],
        "submitted_at": "2026-11-20T20:05:00+00:00",
        "zone": "America/Chicago",
    },
)


def context(message: RoleRequested) -> Context:
    """Returns what the mail says."""
    organizations = [organization.name for organization in message.organizations]
    return {
        "name": message.requester.name,
        "role": role_at(message.role_name, organizations),
        "role_name": message.role_name,
        "organizations": organizations,
        "submitted_at": as_json(message.submitted_at),
        "zone": zone_of(*message.organizations),
    }
