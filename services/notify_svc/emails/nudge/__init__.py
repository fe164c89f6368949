"""Passes on to an official that the requester would like an answer."""

from notify_svc.emails.email import Context, Email
from notify_svc.emails.waiting import SAMPLE, for_official
from shared.contracts import ApprovalNudged, Official

EMAIL = Email(
    name="nudge",
    to="official",
    when="The requester had the officials reminded",
    has_link=True,
    while_open=True,
    sample=SAMPLE,
)


def context(message: ApprovalNudged, official: Official) -> Context:
    """Returns what the mail says and the ids that its link is minted for."""
    return for_official(message, official)
