"""What the emails about how a request ended share."""

from typing import Any

from notify_svc.emails.email import Context, as_json, name_of, role_at, zone_of
from shared.contracts import DatedOutcome, Decision, ExpiredPart, RequestDecided


def context_of(message: RequestDecided, *, needs_discipline: bool) -> Context:
    """Returns what a mail about the outcome says; `needs_discipline`: the holder must choose one at the next login."""
    organizations = [outcome.organization for outcome in message.outcomes]
    organizations += [part.organization for part in message.expired]
    named = [each.name for each in organizations if each]
    approved = [outcome for outcome in message.outcomes if outcome.decision is Decision.APPROVED]
    return {
        "name": message.requester.name,
        "role": role_at(message.role_name, named),
        "role_name": message.role_name,
        "outcomes": [_outcome(outcome) for outcome in message.outcomes],
        "expired": [_expired(part) for part in message.expired],
        "approved": len(approved),
        "needs_discipline": needs_discipline,
        "decided_at": as_json(message.decided_at),
        "zone": zone_of(*organizations),
    }


def _expired(part: ExpiredPart) -> dict[str, Any]:
    return {
        "organization": name_of(part.organization),
        "authority": part.authority,
        "asked_at": as_json(part.asked_at),
        "expired_at": as_json(part.expired_at),
    }


def _outcome(outcome: DatedOutcome) -> dict[str, Any]:
    return {
        "organization": name_of(outcome.organization),
        "decision": outcome.decision.value,
        "decided_by": outcome.decider,
        "decided_at": as_json(outcome.decided_at),
        "reason": outcome.reason,
        "comment": outcome.comment,
        "disciplines": list(outcome.disciplines),
        "extra_privileges": list(outcome.extra_privileges),
        "ends_at": as_json(outcome.ends_at) if outcome.ends_at else None,
        "revoked_at": as_json(outcome.revoked_at) if outcome.revoked_at else None,
    }


def sample(*decisions: str, expired: str | None = None) -> Context:
    """Returns a sample context with one outcome for each decision, "approved" or "rejected".

    `expired` names an organization that did not decide.
    """
    names = ("Health Management Solutions", "Telligen")[: len(decisions)]
    return {
        "name": "Maria Lopez",
        "role": role_at("Contract Surveyor", [*names, *([expired] if expired else [])]),
        "role_name": "Contract Surveyor",
        "expired": [_sample_expired(expired)] if expired else [],
        "outcomes": [_sample_outcome(name, decision) for name, decision in zip(names, decisions, strict=True)],
        "approved": decisions.count("approved"),
        "needs_discipline": "approved" in decisions,
        "decided_at": "2026-11-23T15:30:00+00:00",
        "zone": "America/Chicago",
    }


def _sample_outcome(organization: str, decision: str) -> dict[str, Any]:
    rejected = decision == "rejected"
    return {
        "organization": organization,
        "decision": decision,
        "decided_by": "John Smith",
        "decided_at": "2026-11-23T15:30:00+00:00" if rejected else "2026-11-20T20:15:00+00:00",
        "reason": "The person does not work for this organization." if rejected else None,
        "comment": "Your contract with us ended on 10/31/2026.\nAsk again once the new one is signed."
        if rejected
        else None,
        "disciplines": [],
        "extra_privileges": [] if rejected else ["Enter survey data (Survey & Certification)"],
        "ends_at": None if rejected else "2027-06-01T04:59:00+00:00",
        "revoked_at": None,
    }


def _sample_expired(organization: str) -> dict[str, Any]:
    return {
        "organization": organization,
        "authority": f"Security Officials of {organization}",
        "asked_at": "2026-10-23T15:30:00+00:00",
        "expired_at": "2026-11-23T15:30:00+00:00",
    }
