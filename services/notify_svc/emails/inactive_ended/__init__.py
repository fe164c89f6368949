"""Tells somebody who did not sign in for too long which roles have ended for that."""

from notify_svc.emails.email import Context, Email, as_json
from notify_svc.emails.idle_roles import SAMPLE, context_of
from shared.contracts import InactiveRolesEnded

EMAIL = Email(
    name="inactive_ended",
    to="account holder",
    when="Roles ended, because their holder did not sign in",
    sample=SAMPLE | {"last_ended_at": "2026-12-23T14:00:00+00:00"},
)


def context(message: InactiveRolesEnded) -> Context:
    """Returns what the mail says."""
    return context_of(message) | {"last_ended_at": as_json(max(role.ends_at for role in message.roles))}
