"""Asks a Security Official to decide, with a decision link, which is minted when it is rendered."""

from notify_svc.emails.email import Context, Email, as_json, name_of, role_at, zone_of
from notify_svc.emails.waiting import dates_of
from shared.contracts import ApprovalRequested, Official

EMAIL = Email(
    name="decision_wanted",
    to="official",
    when="An approval was put before this official",
    has_link=True,
    while_open=True,
    sample={
        "name": "John Smith",
        "requester": "Maria Lopez",
        "requester_email": "maria.lopez@example.gov",
        "role": role_at("State Agency S&C General User", ["Alabama"]),
        "role_name": "State Agency S&C General User",
        "organization": "Alabama",
        "authority": "Security Officials of Alabama",
        "acts_for": ["Lee Park"],
        "others": 1,
        "requested_at": "2026-11-20T20:05:00+00:00",
        "escalates_at": "2026-11-30T14:00:00+00:00",
        "expires_at": "2026-12-22T20:05:00+00:00",
        "decide_by": "2026-11-30T14:00:00+00:00",
        "links_expire_at": "2026-12-04T20:05:00+00:00",
        "zone": "America/Chicago",
        "approval_id": "00000000-0000-0000-0000-000000000001",
        "official_id": "00000000-0000-0000-0000-000000000002",
    },
)


def context(message: ApprovalRequested, official: Official) -> Context:
    """Returns what the mail says and the ids that its link is minted for."""
    organization = name_of(message.organization)
    return {
        "name": official.name,
        "requester": message.requester.name,
        "requester_email": message.requester.email,
        "role": role_at(message.role_name, [organization] if organization else []),
        "role_name": message.role_name,
        "organization": organization,
        "authority": message.authority.name,
        "acts_for": list(official.acts_for),
        "others": len(message.officials) - 1,
        "requested_at": as_json(message.requested_at),
        "links_expire_at": as_json(message.links_expire_at),
        **dates_of(message),
        "zone": official.time_zone or zone_of(message.organization),
        "approval_id": str(message.approval_id),
        "official_id": str(official.official_id),
    }
