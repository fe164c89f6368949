"""How entries vouch for one another: each carries a hash over itself and over the hash of the one before."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.audit.values import instant

COVERED = (
    "seq",
    "at",
    "who",
    "on_behalf_of",
    "action",
    "subject_kind",
    "subject_id",
    "before",
    "after",
    "origin",
    "correlation_id",
    "previous_hash",
)
"""Every column but the hash itself."""


@dataclass(frozen=True)
class Head:
    """The last entry that is looked at; before the first entry there is one without number."""

    seq: int = 0
    hash: str = "0" * 64

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


def canonical(row: Mapping[str, Any]) -> bytes:
    """Returns what the hash of a row covers: one JSON object with its keys in order and no spaces, in UTF-8.

    With the values that entries hold (no fractions) this is the canonical form of RFC 8785.
    """
    covered = as_json(row)
    return json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def as_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the covered columns of a row as JSON values."""
    found = {name: row[name] for name in COVERED}
    found["at"] = instant(found["at"])
    found["correlation_id"] = str(found["correlation_id"]) if found["correlation_id"] else None
    return found


def hash_of(row: Mapping[str, Any]) -> str:
    """Returns the SHA-256 of a row, hexadecimal."""
    return hashlib.sha256(canonical(row)).hexdigest()


def chained(head: Head, entries: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yields the entries as rows that follow `head`, numbered and hashed."""
    for entry in entries:
        row = {**entry, "seq": head.seq + 1, "previous_hash": head.hash}
        head = Head(row["seq"], hash_of(row))
        yield {**row, "hash": head.hash}
