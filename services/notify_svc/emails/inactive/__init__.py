"""Warns somebody who has not signed in for long that their roles will end, and says when."""

from notify_svc.emails.email import Context, Email
from notify_svc.emails.idle_roles import SAMPLE, context_of
from shared.contracts import InactivityWarned

EMAIL = Email(
    name="inactive",
    to="account holder",
    when="Somebody has not signed in for many days",
    sample=SAMPLE,
)


def context(message: InactivityWarned) -> Context:
    """Returns what the mail says."""
    return context_of(message)
