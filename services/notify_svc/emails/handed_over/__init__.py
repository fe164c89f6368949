"""Tells an official that another one has handed an approval over to them, with the note."""

from notify_svc.emails.email import Context, Email
from notify_svc.emails.waiting import SAMPLE, for_official
from shared.contracts import ApprovalHandedOver, Official

EMAIL = Email(
    name="handed_over",
    to="official",
    when="Another official handed the approval over to this one",
    has_link=True,
    while_open=True,
    sample=SAMPLE
    | {"handed_by": "Ann Brown", "note": "She works in your unit, and I do not know her.\nPlease look at the dates."},
)


def context(message: ApprovalHandedOver, official: Official) -> Context:
    """Returns what the mail says and the ids that its link is minted for."""
    return for_official(message, official) | {"handed_by": message.handed_by, "note": message.note}
