"""Tells the official who decides what another one thinks, whom they had asked."""

from notify_svc.emails.email import Context, Email
from notify_svc.emails.waiting import SAMPLE, for_official
from shared.contracts import Official, OpinionGiven

EMAIL = Email(
    name="opinion_given",
    to="official",
    when="An official answered who had been asked for an opinion",
    has_link=True,
    while_open=True,
    sample=SAMPLE
    | {"given_by": "Rosa Klein", "question": "Does she survey for your unit?", "answer": "She does, since May."},
)


def context(message: OpinionGiven, official: Official) -> Context:
    """Returns what the mail says and the ids that its link is minted for."""
    said = {"given_by": message.given_by, "question": message.question, "answer": message.answer}
    return for_official(message, official) | said
