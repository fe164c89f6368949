"""The shape of deadlines.yaml: every default must be there, an override names only what differs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from shared.catalog.deadlines import (
    DeadlinePolicies,
    Inactivity,
    Policy,
    PolicyOverride,
    Review,
    RoleDuration,
    Silence,
)
from shared.catalog.fields import Entry, Sources, Strict, YesNo, choice, identifier
from shared.catalog.model import OrganizationKindId

MOST_DAYS = 3660
"""Ten years: more is a slip of the pen."""


def number(**options: Any) -> fields.Integer:
    """Returns a field for a number of days or months, 1 at least."""
    error = f"Must be a whole number from 1 to {MOST_DAYS}."
    return fields.Integer(strict=True, validate=validate.Range(1, MOST_DAYS, error=error), **options)


class Days(fields.Field[tuple[int, ...]]):
    """A list of days, each once; it may be empty: [2, 4]."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> tuple[int, ...]:
        if not isinstance(value, list) or not all(type(each) is int and 0 < each <= MOST_DAYS for each in value):
            raise ValidationError(f"Must be a list of whole numbers from 1 to {MOST_DAYS}, such as [2, 4].")
        if len(set(value)) != len(value):
            raise ValidationError("Must name each number once.")
        return tuple(value)


class ClockTimes(fields.Field[tuple[dt.time, dt.time]]):
    """From when until when, in quotes, because YAML takes 18:00 for a number: ["08:00", "18:00"]."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> tuple[dt.time, dt.time]:
        try:
            opens, closes = (dt.datetime.strptime(each, "%H:%M").time() for each in value)  # noqa: DTZ007 - a clock's
        except (TypeError, ValueError) as error:
            raise ValidationError('Must be two times in quotes, such as ["08:00", "18:00"].') from error
        if opens >= closes:
            raise ValidationError("The second time must be later than the first.")
        return opens, closes


class InactivitySchema(Entry):
    """Days without sign-in."""

    builds = Inactivity
    warnings = Days(required=True)
    end = number(required=True)


class ReviewSchema(Entry):
    """The review of roles."""

    builds = Review
    every_months = number(required=True)
    answer_within = number(required=True)
    silence = choice(Silence, required=True)


class RoleDurationSchema(Entry):
    """For how long a role is given."""

    builds = RoleDuration
    days = number(required=True, allow_none=True)
    notices = Days(required=True)


class Changes(Strict):
    """What an override can change: each field of a policy but its sources."""

    reminders = Days()
    escalation = number(allow_none=True)
    expiry = number()
    expiry_notices = Days()
    link_lifetime = number()
    mail_hours = ClockTimes()
    nudge_every = number()
    question_ends = number()
    state_holidays = YesNo()
    inactivity = fields.Nested(InactivitySchema)
    review = fields.Nested(ReviewSchema)
    role_duration = fields.Nested(RoleDurationSchema)
    sources = Sources(required=True)


class PolicySchema(Changes):
    """The defaults: a whole policy."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Nothing may be left out."""
        field_obj.required = True

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> Policy:
        return Policy(**data)


class OverrideSchema(Changes):
    """What differs, and for whom."""

    role = identifier(load_default=None)
    organization_kind = choice(OrganizationKindId, load_default=None)

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> PolicyOverride:
        named = {key: data.pop(key) for key in ("role", "organization_kind", "sources")}
        if named["role"] is None and named["organization_kind"] is None:
            raise ValidationError("Must name a role, an organization_kind, or both.", "role")
        if not data:
            raise ValidationError("Must change something.")
        return PolicyOverride(changes=data, **named)


class DeadlinesFile(Strict):
    """deadlines.yaml."""

    defaults = fields.Nested(PolicySchema, required=True)
    overrides = fields.List(fields.Nested(OverrideSchema), required=True)

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> DeadlinePolicies:
        return DeadlinePolicies(data["defaults"], tuple(data["overrides"]))
