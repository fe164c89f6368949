"""Asks the officials of the next authority to decide, because nobody of the first has answered."""

from notify_svc.emails.email import Context, Email
from notify_svc.emails.waiting import SAMPLE, for_official
from shared.contracts import ApprovalEscalated, Official

EMAIL = Email(
    name="escalated",
    to="official",
    when="Nobody answered in time, and this official's authority was asked besides",
    has_link=True,
    while_open=True,
    sample=SAMPLE | {"authority": "CMS Security Officials"},
)


def context(message: ApprovalEscalated, official: Official) -> Context:
    """Returns what the mail says and the ids that its link is minted for."""
    return for_official(message, official)
