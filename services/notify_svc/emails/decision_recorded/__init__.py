"""A receipt for the official who decided: it brings a decision made in their name to light."""

from notify_svc.emails.closings import SAMPLE, context_of
from notify_svc.emails.email import Email

EMAIL = Email(
    name="decision_recorded",
    to="official",
    when="This official decided",
    sample=SAMPLE | {"decided_by": "John Smith for Lee Park", "acted_for": ["Lee Park"]},
)
context = context_of
