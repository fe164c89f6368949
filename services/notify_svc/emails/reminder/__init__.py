"""Reminds an official of an approval that waits for them, and says what follows if nobody answers."""

from notify_svc.emails.email import Context, Email
from notify_svc.emails.waiting import SAMPLE, for_official
from shared.contracts import Official, ReminderDue

EMAIL = Email(
    name="reminder",
    to="official",
    when="Nobody answered for some business days",
    has_link=True,
    while_open=True,
    sample=SAMPLE,
)


def context(message: ReminderDue, official: Official) -> Context:
    """Returns what the mail says and the ids that its link is minted for."""
    return for_official(message, official)
