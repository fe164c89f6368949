"""Reminds the requester that an official waits for an answer."""

from notify_svc.emails.email import Context, Email
from notify_svc.emails.questions import FOR_REQUESTER, for_requester
from shared.contracts import AnswerAwaited

EMAIL = Email(
    name="question_reminder",
    to="requester",
    when="The requester did not answer for some business days",
    while_open=True,
    until_answered=True,
    sample=FOR_REQUESTER,
)


def context(message: AnswerAwaited) -> Context:
    """Returns what the mail says."""
    return for_requester(message)
