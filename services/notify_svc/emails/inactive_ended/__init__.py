"""Tells somebody who did not sign in for too long which roles have ended for that."""

from notify_svc.emails.email import Context, Email
from notify_svc.emails.idle_roles import SAMPLE, context_of
from shared.contracts import InactiveRolesEnded

EMAIL = Email(
    name="inactive_ended",
    to="account holder",
    when="Roles ended, because their holder did not sign in",
    sample=SAMPLE,
)


def context(message: InactiveRolesEnded) -> Context:
    """Returns what the mail says."""
    return context_of(message)
