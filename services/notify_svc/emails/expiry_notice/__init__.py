"""Tells an official that an approval expires soon."""

from notify_svc.emails.email import Context, Email
from notify_svc.emails.waiting import SAMPLE, for_official
from shared.contracts import ExpiryAnnounced, Official

EMAIL = Email(
    name="expiry_notice",
    to="official",
    when="An approval expires in a few business days",
    has_link=True,
    while_open=True,
    sample=SAMPLE | {"business_days": 5},
)


def context(message: ExpiryAnnounced, official: Official) -> Context:
    """Returns what the mail says and the ids that its link is minted for."""
    return for_official(message, official) | {"business_days": message.business_days}
