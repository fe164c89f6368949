"""The forms of the pages about dead letters, and a letter's data in an order that people read."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from shared.messaging.dead_letters import MOST_AT_ONCE
from shared.messaging.letters import Filter
from shared.messaging.states import Kind

NOT_AN_ID = "Enter the whole id, as in 01936f2e-8c2a-7000-8000-2b1d5e6f7a8b."
LONGEST_AGE_HOURS = 24 * 365
LONGEST_REASON = 500
LONGEST_TYPE = 64
NOTHING = "\N{EN DASH}"


class Act(StrEnum):
    """What is done with chosen letters."""

    REPLAY = "replay"
    CLOSE = "close"


def kind_words(kind: Kind | None) -> str:
    """Returns a kind of failure in words."""
    words = {
        Kind.TEMPORARY: "Something was away for too long",
        Kind.FAULT: "Our program failed",
        Kind.POISON: "It cannot be read",
        Kind.NOT_YET: "What it builds on did not come",
    }
    return words[kind] if kind else NOTHING


class FilterForm(Schema):
    """The query of the list; "filter" makes a Filter at an instant."""

    type = fields.String(validate=validate.Length(max=LONGEST_TYPE, error="Select a type from the list."))
    kind = fields.Enum(Kind, by_value=True, error_messages={"unknown": "Select a kind from the list."})
    correlation_id = fields.UUID(data_key="correlation", error_messages={"invalid_uuid": NOT_AN_ID})
    hours = fields.Integer(
        validate=validate.Range(0, LONGEST_AGE_HOURS, error=f"Enter hours from 0 to {LONGEST_AGE_HOURS}."),
        error_messages={"invalid": "Enter a whole number of hours.", "too_large": "Enter fewer hours."},
    )
    before = fields.UUID(error_messages={"invalid_uuid": NOT_AN_ID})

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        hours, before = data.pop("hours", None), data.pop("before", None)

        def at(now: datetime) -> Filter:
            return Filter(**data, received_until=now - timedelta(hours=hours) if hours else None)

        return {"filter": at, "before": before}


class ChoiceForm(Schema):
    """Which letters were chosen, and for what."""

    letters = fields.List(
        fields.UUID(error_messages={"invalid_uuid": NOT_AN_ID}),
        data_key="letter",
        required=True,
        validate=validate.Length(1, MOST_AT_ONCE, error=f"Select one message at least, and {MOST_AT_ONCE} at most."),
    )
    action = fields.Enum(Act, by_value=True, required=True, error_messages={"required": "Press Replay or Close."})


class CloseForm(Schema):
    """Why letters are given up."""

    reason = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_REASON, error=f"Use {LONGEST_REASON} characters at most."),
        error_messages={"required": "Say why the message may be given up."},
    )


class RepairForm(Schema):
    """What a letter is to say instead."""

    data = fields.String(required=True, error_messages={"required": "Enter the whole JSON object."})


def flattened(data: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yields what nested data say, as ("outcomes 1, organization, name", "Alabama"), in their order."""
    if isinstance(data, dict) and data:
        for key, inner in data.items():
            yield from flattened(inner, f"{name}, {key}".lstrip(", "))
    elif isinstance(data, list) and data:
        for number, inner in enumerate(data, start=1):
            yield from flattened(inner, f"{name} {number}".lstrip())
    else:
        yield name, NOTHING if data in (None, "", [], {}) else str(data)
