"""Tells the requester that the request expires soon, and what they can do."""

from notify_svc.emails.email import Context, Email
from notify_svc.emails.waiting import FOR_REQUESTER, for_requester
from shared.contracts import ExpiryAnnounced

EMAIL = Email(
    name="expiry_notice_requester",
    to="requester",
    when="A request, or a part of it, expires in a few business days",
    while_open=True,
    sample=FOR_REQUESTER | {"business_days": 5},
)


def context(message: ExpiryAnnounced) -> Context:
    """Returns what the mail says."""
    return for_requester(message) | {"business_days": message.business_days}
