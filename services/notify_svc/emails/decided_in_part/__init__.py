"""Tells the requester which organizations approved, which rejected and which did not answer: one mail for all."""

from notify_svc.emails.email import Email
from notify_svc.emails.outcomes import context_of, sample

EMAIL = Email(
    name="decided_in_part",
    to="requester",
    when="Some organizations of a request approved it, others rejected it or did not answer in time",
    sample=sample("approved", "rejected", expired="Certisurv"),
)
context = context_of
