"""Tells the officials who were asked that the requester took the request back."""

from notify_svc.emails.closings import SAMPLE, context_of
from notify_svc.emails.email import Email

EMAIL = Email(
    name="withdrawn",
    to="official",
    when="The requester withdrew a request that this official was asked about",
    sample=SAMPLE | {"decision": None, "decided_by": None},
)
context = context_of
