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


UPGRADES: dict[tuple[str, int], Callable[[Data], Data]] = {
    # message, version → the step to the version after it
    ("RequestDecided", 1): request_decided_2,
    ("RequestDecided", 2): request_decided_3,
}
