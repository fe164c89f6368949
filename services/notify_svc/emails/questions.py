"""What the emails about a question to the requester, and its answer, share."""

from typing import Any

from notify_svc.emails.email import Context, as_json, name_of, role_at, zone_of
from notify_svc.emails.waiting import SAMPLE, for_official
from shared.contracts import AboutQuestion, Correctable, Correction, InformationReceived, Official, QuestionLapsed

QUESTION = "Which surveys will you take part in?\nAnd is your employee ID still A 11?"
FOR_REQUESTER: Context = {
    "name": "Maria Lopez",
    "role": role_at("State Agency S&C General User", ["Alabama"]),
    "role_name": "State Agency S&C General User",
    "organization": "Alabama",
    "authority": "Security Officials of Alabama",
    "asked_by": "John Smith",
    "question": QUESTION,
    "fields": ["State Agency Employee ID"],
    "asked_at": "2026-11-23T15:30:00+00:00",
    "clock_goes_on": "2026-12-08T15:30:00+00:00",
    "zone": "America/Chicago",
    "request_id": "00000000-0000-0000-0000-000000000003",
    "question_id": "00000000-0000-0000-0000-000000000004",
}
FOR_OFFICIAL: Context = SAMPLE | {"question": QUESTION}

CHOICES = (Correctable.SURVEYOR, Correctable.SURVEYOR_STATUS)
"""Fields whose values are words of the form: "yes", "existing"."""


def for_requester(message: AboutQuestion) -> Context:
    """Returns what a mail to the requester says; their own zone is not known, that of the organization is next."""
    organization = name_of(message.organization)
    return {
        "name": message.requester.name,
        "role": role_at(message.role_name, [organization] if organization else []),
        "role_name": message.role_name,
        "organization": organization,
        "authority": message.authority.name,
        "asked_by": message.asked_by.acting,
        "question": message.question,
        "fields": [field.label for field in message.fields],
        "asked_at": as_json(message.asked_at),
        "clock_goes_on": as_json(message.clock_goes_on),
        "zone": zone_of(message.organization) or message.asked_by.time_zone,
        "request_id": str(message.request_id),
        "question_id": str(message.question_id),
    }


def for_asker(message: InformationReceived | QuestionLapsed, official: Official) -> Context:
    """Returns what a mail to an official about what was asked says, and the ids that its link is minted for."""
    return for_official(message, official) | {"question": message.question}


def corrected(correction: Correction) -> dict[str, Any]:
    """Returns a corrected field for the templates; `before` and `after` are None for an empty one."""
    is_choice = correction.field in CHOICES
    before, after = (
        value.capitalize() if value and is_choice else value for value in (correction.before, correction.after)
    )
    return {"label": correction.field.label, "before": before, "after": after}
