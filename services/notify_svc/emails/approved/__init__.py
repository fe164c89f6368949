"""Tells the requester that the role was approved, and what to do at the next login."""

from notify_svc.emails.email import Email
from notify_svc.emails.outcomes import context_of, sample

EMAIL = Email(
    name="approved",
    to="requester",
    when="Every organization of a request approved it",
    sample=sample("approved", "approved"),
)
context = context_of
