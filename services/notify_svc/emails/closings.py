"""What the emails to officials about a closed approval share."""

from notify_svc.emails.email import Context, as_json, name_of, role_at, zone_of
from shared.contracts import ApprovalClosed, Official

SAMPLE: Context = {
    "name": "John Smith",
    "requester": "Maria Lopez",
    "role": role_at("State Agency S&C General User", ["Alabama"]),
    "role_name": "State Agency S&C General User",
    "organization": "Alabama",
    "decision": "approved",
    "decided_by": "Ann Brown",
    "acted_for": [],
    "approval_id": "00000000-0000-0000-0000-000000000001",
    "closed_at": "2026-11-23T15:30:00+00:00",
    "zone": "America/Chicago",
}


def context_of(message: ApprovalClosed, official: Official) -> Context:
    """Returns what a mail to one of the officials says; `decision` and `decided_by` are None unless it was decided.

    `acted_for` names the absent officials in whose place it was, as `decided_by` does too.
    """
    organization = name_of(message.organization)
    return {
        "name": official.name,
        "requester": message.requester_name,
        "role": role_at(message.role_name, [organization] if organization else []),
        "role_name": message.role_name,
        "organization": organization,
        "decision": message.decision.value if message.decision else None,
        "decided_by": message.decider,
        "acted_for": list(message.acted_for),
        "approval_id": str(message.approval_id),
        "closed_at": as_json(message.closed_at),
        "zone": official.time_zone or zone_of(message.organization),
    }
