"""Which fault strikes what, and when: drawn from a seed, the same each time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from deploy.faults.kinds import KINDS, SPAN_SECONDS

LEAD = 0.04
"""Of a run's time, before the first fault: the load is to be on its way."""
TAIL = 0.06
"""Of a run's time, after the last fault has ended."""
SHORTEST_GAP_SECONDS = 4.0
"""Between two big faults: one begins on a stack that is whole."""


@dataclass(frozen=True, order=True)
class Planned:
    """A fault to come, `at_seconds` after the load began."""

    at_seconds: float
    kind: str
    target: str


def make_plan(seed: int, seconds: float, kinds: Sequence[str] | None = None) -> list[Planned]:
    """Returns the faults of a run of `seconds`, in the order of their times.

    Of all kinds, or of those named in `kinds`, each comes at least once in a run of `SPAN_SECONDS` or more, and
    more often in a longer one; a shorter one has as many big faults as leave room to recover. Raises `KeyError`
    for a kind that there is not.
    """
    random = Random(seed)  # noqa: S311  # repeatable is what it must be
    chosen = {name: KINDS[name] for name in kinds or KINDS}
    rounds = max(1, int(seconds / SPAN_SECONDS))
    big = _deck(random, [name for name, kind in chosen.items() if kind.big], rounds)
    small = _deck(random, [name for name, kind in chosen.items() if not kind.big], rounds)
    return sorted([*_one_by_one(random, big, seconds), *_anywhere(random, small, seconds)])


def bursts(plan: Sequence[Planned], seconds: float) -> list[tuple[float, float]]:
    """Returns when many people ask at once in a run of `seconds`: from when to when, in seconds after the beginning."""
    lengths = [(each.at_seconds, KINDS[each.kind]) for each in plan if KINDS[each.kind].burst]
    return [(at + kind.effort / 2, at + kind.effort / 2 + kind.seconds * shortening(seconds)) for at, kind in lengths]


def shortening(seconds: float) -> float:
    """Returns what the length of each fault is to be multiplied by in a run of `seconds`."""
    return min(1.0, seconds / SPAN_SECONDS)


def _deck(random: Random, kinds: Sequence[str], rounds: int) -> list[tuple[str, str]]:
    """Returns each kind with its target, `rounds` times, each time in another order."""
    deck = []
    for _ in range(rounds):
        drawn = [(kind, target) for kind in kinds for target in _targets(random, kind)]
        random.shuffle(drawn)
        deck += drawn
    return deck


def _targets(random: Random, kind: str) -> Sequence[str]:
    targets = KINDS[kind].targets
    return targets if KINDS[kind].every else [random.choice(targets)]


def _one_by_one(random: Random, deck: Sequence[tuple[str, str]], seconds: float) -> Iterator[Planned]:
    """Yields the faults of the deck that fit, with equal gaps behind them."""
    begin, end = seconds * LEAD, seconds * (1 - TAIL)
    lengths = [KINDS[kind].seconds * shortening(seconds) + KINDS[kind].effort for kind, _target in deck]
    while len(deck) > 1 and sum(lengths) + len(deck) * SHORTEST_GAP_SECONDS > end - begin:
        deck, lengths = deck[:-1], lengths[:-1]
    gap = (end - begin - sum(lengths)) / max(len(deck), 1)
    at = begin
    for (kind, target), length in zip(deck, lengths, strict=True):
        yield Planned(round(at + random.uniform(0, gap / 4), 1), kind, target)
        at += length + gap


def _anywhere(random: Random, deck: Sequence[tuple[str, str]], seconds: float) -> Iterator[Planned]:
    """Yields the faults of the deck, spread over the whole time; as many as fit into a short run."""
    begin, end = seconds * LEAD, seconds * (1 - TAIL)
    deck = deck[: max(1, int((end - begin) / 2))]
    step = (end - begin) / max(len(deck), 1)
    for number, (kind, target) in enumerate(deck):
        yield Planned(round(begin + (number + random.random()) * step, 1), kind, target)
