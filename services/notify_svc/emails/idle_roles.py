"""What the emails about roles whose holder does not sign in share."""

from notify_svc.emails.email import Context, as_json, name_of, role_at, zone_of
from shared.contracts import IdleRole, InactiveRolesEnded, InactivityWarned

SAMPLE: Context = {
    "name": "Maria Lopez",
    "roles": [
        {"title": role_at("State Agency S&C General User", ["Alabama"]), "ends_at": "2026-12-22T20:05:00+00:00"},
        {"title": role_at("Assessment Submitter", ["Maumee Care Center"]), "ends_at": "2026-12-23T14:00:00+00:00"},
    ],
    "several": True,
    "first_ends_at": "2026-12-22T20:05:00+00:00",
    "last_sign_in_at": "2026-10-23T20:05:00+00:00",
    "zone": "America/Chicago",
}


def context_of(message: InactivityWarned | InactiveRolesEnded) -> Context:
    """Returns what both say. The person's own zone is not known, that of an organization of theirs is next."""
    roles = sorted(message.roles, key=lambda role: role.ends_at)
    last = message.last_sign_in_at
    return {
        "name": message.holder.name,
        "roles": [{"title": _title(role), "ends_at": as_json(role.ends_at)} for role in roles],
        "several": len(roles) > 1,
        "first_ends_at": as_json(roles[0].ends_at),
        "last_sign_in_at": as_json(last) if last else None,
        "zone": zone_of(*(role.organization for role in roles)),
    }


def _title(role: IdleRole) -> str:
    organization = name_of(role.organization)
    return role_at(role.role_name, [organization] if organization else [])
