"""Tells the holder of a role that was given for a time that the time is over."""

from notify_svc.emails.email import Email
from notify_svc.emails.ended import SAMPLE, context_of

EMAIL = Email(
    name="role_ended",
    to="role holder",
    when="A role that was given for a time ended",
    sample=SAMPLE,
)
context = context_of
