"""How the data of an older version become those of the next: one pure function for each step.

A reader goes step by step up to the version that it knows, so that a sample of any version stays readable for as
long as its step stands here. A step may rely on what its version promised: what is missing makes the message invalid.
"""

from collections.abc import Callable
from typing import Any

Data = dict[str, Any]
"""A message's data as JSON values."""


def request_decided_2(data: Data) -> Data:
    """Version 1 told one time for all outcomes, that of the last decision; it stands for each."""
    outcomes = [outcome | {"decided_at": data["decided_at"]} for outcome in data["outcomes"]]
    return data | {"outcomes": outcomes}


def request_decided_3(data: Data) -> Data:
    """In version 2 no approval expired."""
    return data | {"expired": []}


def approval_decided_2(data: Data) -> Data:
    """In version 1 no role was given for a time."""
    return data | {"outcome": data["outcome"] | {"ends_at": None}}


def request_decided_4(data: Data) -> Data:
    """In version 3 no role was given for a time."""
    return data | {"outcomes": [outcome | {"ends_at": None} for outcome in data["outcomes"]]}


def role_granted_2(data: Data) -> Data:
    """In version 1 no role was given for a time."""
    return data | {"ends_at": None}


def role_removed_2(data: Data) -> Data:
    """In version 1 roles were removed by operators, whose names were not told."""
    return data | {"because": "removed", "by_name": None, "on_behalf_of": None}


UPGRADES: dict[tuple[str, int], Callable[[Data], Data]] = {
    # message, version → the step to the version after it
    ("RequestDecided", 1): request_decided_2,
    ("RequestDecided", 2): request_decided_3,
    ("RequestDecided", 3): request_decided_4,
    ("ApprovalDecided", 1): approval_decided_2,
    ("RoleGranted", 1): role_granted_2,
    ("RoleRemoved", 1): role_removed_2,
}
