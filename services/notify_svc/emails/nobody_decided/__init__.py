"""Tells the requester that nobody decided in time."""

from notify_svc.emails.email import Email
from notify_svc.emails.outcomes import context_of, sample

EMAIL = Email(
    name="nobody_decided",
    to="requester",
    when="Nobody decided on any part of a request in time",
    sample=sample(expired="Health Management Solutions"),
)
context = context_of
