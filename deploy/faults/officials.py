"""The officials whose address a mail server refuses for good: each has a colleague who can decide instead."""

import csv
from collections import defaultdict

from deploy.local.demonstration import OFFICIALS


def _second_officials() -> tuple[str, ...]:
    addresses: dict[tuple[str, str], list[str]] = defaultdict(list)
    with OFFICIALS.open(newline="") as opened:
        for row in csv.DictReader(opened):
            addresses[row["authority_kind"], row["organization_id"]].append(row["email"])
    return tuple(each[-1] for each in addresses.values() if len(each) > 1)


SECOND_OFFICIALS = _second_officials()
"""Their addresses, in the order of the demonstration data."""
