"""What an entry holds, as JSON values that come back from the database as they went in."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias
from uuid import UUID

from shared.clock import as_utc

Json: TypeAlias = dict[str, Any]


def plain(value: Any) -> Any:
    """Returns the value as JSON: ids and instants as text, sets as sorted lists.

    Raises:
        TypeError: it is something else, such as a fraction, of which the database might keep another spelling.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, str | UUID):
        return str(value)
    if isinstance(value, datetime):
        return instant(value)
    return _plain_many(value)


def _plain_many(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(each) for key, each in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(plain(each) for each in value)
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    raise TypeError(f"the audit cannot keep a {type(value).__name__}")


def instant(value: datetime) -> str:
    """Returns an instant as it stands in entries and in what their hash covers: UTC, with microseconds.

    Raises NaiveDatetimeError when it has no zone.
    """
    return as_utc(value).isoformat(timespec="microseconds")


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Json, Json]:
    """Returns both without what is the same in them; a key that one of them lacks counts as None there."""
    names = [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}
