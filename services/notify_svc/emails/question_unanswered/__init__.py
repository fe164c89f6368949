"""Tells an official that no answer came in time, or that the question was refused, and that the deadlines go on."""

from notify_svc.emails.email import Context, Email, as_json
from notify_svc.emails.questions import FOR_OFFICIAL, for_asker
from shared.contracts import Official, QuestionLapsed

EMAIL = Email(
    name="question_unanswered",
    to="official",
    when="The requester did not answer in time, or mail of the question was refused",
    has_link=True,
    while_open=True,
    sample=FOR_OFFICIAL
    | {"asked_at": "2026-11-23T15:30:00+00:00", "refused": False, "requester_phone": "202-555-0139"},
)


def context(message: QuestionLapsed, official: Official) -> Context:
    """Returns what the mail says and the ids that its link is minted for."""
    return for_asker(message, official) | {
        "asked_at": as_json(message.asked_at),
        "refused": message.refused,
        "requester_phone": message.requester.phone,
    }
