"""Tells the holder of a role that its approval was taken back, within a day after it was given."""

from notify_svc.emails.email import Email
from notify_svc.emails.ended import SAMPLE, context_of

EMAIL = Email(
    name="revoked",
    to="role holder",
    when="An official revoked an approval, and the role ended",
    sample=SAMPLE,
)
context = context_of
