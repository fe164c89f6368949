"""The kinds of value that the data files hold, each refusing what it does not know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar, get_args

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from shared.catalog.model import Source

ID = r"^[a-z0-9]+(-[a-z0-9]+)*\Z"
PRIVILEGE_ID = r"^[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*\Z"


def text(**options: Any) -> fields.String:
    """Returns a field for a text that is not empty and has no stray space at either end."""
    stray = "Must not be empty, nor begin or end with a space."
    return fields.String(validate=validate.Regexp(r"(?s)^\S(.*\S)?\Z", error=stray), **options)


def identifier(pattern: str = ID, **options: Any) -> fields.String:
    """Returns a field for an id: lower-case words joined by hyphens."""
    words = "Must be lower-case words joined by hyphens"
    words += ", with a dot after the section." if pattern == PRIVILEGE_ID else "."
    return fields.String(validate=validate.Regexp(pattern, error=words), **options)


def choice(literal: Any, **options: Any) -> fields.String:
    """Returns a field for one of the values of a typing.Literal."""
    return fields.String(validate=validate.OneOf(get_args(literal)), **options)


class YesNo(fields.Boolean):
    """YAML's own yes or no; marshmallow alone would take the string "on" and the number 1 as well."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Day(fields.Field[dt.date]):
    """A date as YAML writes it, 2025-04-08 without quotes."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> dt.date:
        if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
            raise ValidationError("Must be a date, such as 2025-04-08, without quotes.")
        return value


class Sources(fields.Field[tuple[Source, ...]]):
    """Document id to place, at least one: {clia-job-aid: Figure 12}."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> tuple[Source, ...]:
        if not isinstance(value, dict) or not value:
            raise ValidationError("Must name at least one document and the place in it.")
        if not all(isinstance(place, str) and place for place in value.values()):
            raise ValidationError("Each document needs a place in it, such as Figure 12.")
        return tuple(Source(str(document), place) for document, place in value.items())


class Strict(Schema):
    """A schema that refuses keys which it does not know."""

    class Meta:
        unknown = RAISE


class Entry(Strict):
    """A schema that loads into the dataclass named by `builds`."""

    builds: ClassVar[type]

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> Any:
        return self.builds(**data)
