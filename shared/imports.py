"""What became of the rows of an import that can be done again without harm."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Change(StrEnum):
    """What became of one row."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Imported:
    """How many rows an import added, changed and found as they were."""

    added: int
    changed: int
    unchanged: int

    @classmethod
    def counted(cls, changes: Iterable[Change]) -> "Imported":
        """Returns the counts of what became of the rows."""
        counts = Counter(changes)
        return cls(**{change.value: counts[change] for change in Change})

    def __str__(self) -> str:
        return f"{self.added} added, {self.changed} changed, {self.unchanged} unchanged."
