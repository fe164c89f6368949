"""Asks the requester what an official wants to know, and leads to the page that takes the answer."""

from notify_svc.emails.email import Context, Email
from notify_svc.emails.questions import FOR_REQUESTER, for_requester
from shared.contracts import InformationAsked

EMAIL = Email(
    name="question",
    to="requester",
    when="An official wants to know something before they decide",
    while_open=True,
    until_answered=True,
    sample=FOR_REQUESTER,
)


def context(message: InformationAsked) -> Context:
    """Returns what the mail says."""
    return for_requester(message)
