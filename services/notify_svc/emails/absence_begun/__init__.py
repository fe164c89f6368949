"""Tells an official that they are absent from now on, who acts for them, and until when."""

from notify_svc.emails.absences import SAMPLE, context_of
from notify_svc.emails.email import Email

EMAIL = Email(
    name="absence_begun",
    to="official",
    when="The absence of this official has begun",
    sample=SAMPLE | {"name": "John Smith"},
)
context = context_of
