"""Builds a marshmallow schema from a frozen dataclass, so that the two cannot drift apart."""

import dataclasses
from datetime import datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from marshmallow import EXCLUDE, RAISE, Schema, fields, post_dump, post_load

_SCALARS: dict[type, type[fields.Field[Any]]] = {
    str: fields.String,
    int: fields.Integer,
    bool: fields.Boolean,
    UUID: fields.UUID,
    datetime: fields.AwareDateTime,
}


class UnsupportedTypeError(TypeError):
    """A message has a field of a type that the wire format does not know."""


class DataclassSchema(Schema):
    """Loads into a dataclass and dumps from it; keys that it does not know are left out."""

    made: type[Any]

    class Meta:
        unknown = EXCLUDE

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Any:
        frozen = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
        return self.made(**frozen)

    @post_dump
    def _plain(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return dict(data)


class StrictSchema(DataclassSchema):
    """Refuses keys that it does not know."""

    class Meta:
        unknown = RAISE


def schema_of(cls: type[Any], *, strict: bool = False) -> type[DataclassSchema]:
    """Returns the schema class of a dataclass whose fields are scalars, enums, tuples or dataclasses.

    A field with a default may be absent from what is loaded: so a message from before the field is read. One that the
    dataclass has not is left out, at any depth: so a message from a newer release is read; `strict` refuses it.

    Raises:
        UnsupportedTypeError: a field has any other type.
    """
    hints = get_type_hints(cls)
    members: dict[str, Any] = {
        field.name: _field(hints[field.name], strict=strict, required=_is_required(field))
        for field in dataclasses.fields(cls)
    }
    return type(f"{cls.__name__}Schema", (StrictSchema if strict else DataclassSchema,), {**members, "made": cls})


def _is_required(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _field(hint: Any, *, strict: bool, required: bool, allow_none: bool = False) -> fields.Field[Any]:
    options: dict[str, Any] = {"required": required, "allow_none": allow_none}
    if get_origin(hint) in (Union, UnionType):
        (inner,) = (arm for arm in get_args(hint) if arm is not NoneType)
        return _field(inner, strict=strict, required=required, allow_none=True)
    if get_origin(hint) is tuple:
        return fields.List(_field(get_args(hint)[0], strict=strict, required=True), **options)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return fields.Nested(schema_of(hint, strict=strict), **options)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return fields.Enum(hint, by_value=True, **options)
    if hint in _SCALARS:
        return _SCALARS[hint](**options)
    raise UnsupportedTypeError(f"no wire format for {hint!r}")
