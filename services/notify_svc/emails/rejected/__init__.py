"""Tells the requester that the role was rejected, by whom and why."""

from notify_svc.emails.email import Email
from notify_svc.emails.outcomes import context_of, sample

EMAIL = Email(
    name="rejected",
    to="requester",
    when="Every organization of a request rejected it",
    sample=sample("rejected"),
)
context = context_of
