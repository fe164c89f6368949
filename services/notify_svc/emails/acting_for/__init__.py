"""Tells an official that they act for an absent one, and until when."""

from notify_svc.emails.absences import SAMPLE, context_of
from notify_svc.emails.email import Email

EMAIL = Email(
    name="acting_for",
    to="official",
    when="An official is absent, and this one acts for them",
    sample=SAMPLE,
)
context = context_of
