"""Tells the holder of a role that it was removed."""

from notify_svc.emails.email import Email
from notify_svc.emails.ended import SAMPLE, context_of

EMAIL = Email(
    name="removed",
    to="role holder",
    when="A role was removed, by an official, the help desk or in a review",
    sample=SAMPLE,
)
context = context_of
