"""Tells the requester which organizations approved and which rejected: one mail for all of them."""

from notify_svc.emails.email import Email
from notify_svc.emails.outcomes import context_of, sample

EMAIL = Email(
    name="decided_in_part",
    to="requester",
    when="Some organizations of a request approved it, others rejected it",
    sample=sample("approved", "rejected"),
)
context = context_of
