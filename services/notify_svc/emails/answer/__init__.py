"""Brings an official the requester's answer, and what it changed."""

from notify_svc.emails.email import Context, Email, as_json
from notify_svc.emails.questions import FOR_OFFICIAL, corrected, for_asker
from shared.contracts import InformationReceived, Official

EMAIL = Email(
    name="answer",
    to="official",
    when="The requester answered a question",
    has_link=True,
    while_open=True,
    sample=FOR_OFFICIAL
    | {
        "answer": "Those of nursing homes.\nThe ID is a new one.",
        "corrections": [{"label": "State Agency Employee ID", "before": "A 11", "after": "B 22"}],
        "answered_at": "2026-11-24T16:00:00+00:00",
    },
)


def context(message: InformationReceived, official: Official) -> Context:
    """Returns what the mail says and the ids that its link is minted for."""
    return for_asker(message, official) | {
        "answer": message.answer,
        "corrections": [corrected(each) for each in message.corrections],
        "answered_at": as_json(message.answered_at),
    }
