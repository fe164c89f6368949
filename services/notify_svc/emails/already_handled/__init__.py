"""Tells the officials who were asked that another one decided first."""

from notify_svc.emails.closings import SAMPLE, context_of
from notify_svc.emails.email import Email

EMAIL = Email(
    name="already_handled",
    to="official",
    when="Another official decided first",
    sample=SAMPLE,
)
context = context_of
