"""Looking whether the chain is whole: nothing missing, nothing changed, nothing put in between.

What the end of the chain was can only be told by somebody who saw it: give the head of an earlier look.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.audit.chain import Head, hash_of

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """Something that is wrong at an entry; the sentence names it."""

    seq: int
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """What a look at the whole chain found, and its last entry."""

    head: Head
    entries: int
    findings: tuple[Finding, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def verify(rows: Iterable[Row], heads: Sequence[Head] = (), seen: Callable[[int], object] = lambda _: None) -> Verdict:
    """Returns what is wrong with the rows, which come in the order of their numbers.

    `heads` are heads of earlier looks, which must still stand in the chain; `seen` is told the number of each entry.
    """
    head, entries, findings = Head(), 0, list[Finding]()
    known = {earlier.seq: earlier for earlier in heads}
    for row in rows:
        findings += [Finding(row["seq"], sentence) for sentence in _faults(row, head, known.pop(row["seq"], None))]
        head, entries = Head(row["seq"], row["hash"]), entries + 1
        seen(row["seq"])
    findings += [Finding(seq, _lost(seq, head)) for seq in sorted(known) if seq]
    return Verdict(head, entries, tuple(findings))


def _faults(row: Row, before: Head, known: Head | None) -> Iterator[str]:
    seq = row["seq"]
    if seq != before.seq + 1:
        yield _gap(seq, before)
    elif row["previous_hash"] != before.hash:
        yield f"entry {seq} does not follow entry {before.seq}" if before.seq else f"entry {seq} is not the first"
    if hash_of(row) != row["hash"]:
        yield f"entry {seq} was changed"
    if known is not None and known.hash != row["hash"]:
        yield f"entry {seq} is not the one that was there at an earlier look"


def _gap(seq: int, before: Head) -> str:
    first, last = before.seq + 1, seq - 1
    if last < first:
        return f"entry {seq} has no place in the chain"
    return f"entry {first} is missing" if first == last else f"entries {first} to {last} are missing"


def _lost(seq: int, head: Head) -> str:
    return f"entry {seq}, seen at an earlier look, is missing: the chain ends with {head.seq}"
