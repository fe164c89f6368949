"""How it changes who is asked about an approval: it escalates, or is handed over, or somebody goes or is back."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from deploy.simulation.facts import Handed, Leave, Part
from deploy.simulation.standing import Groups, Standing


@dataclass(frozen=True)
class Change:
    """Somebody goes (`begins`), or is back. `order` is the place of the change among all of the run."""

    at: datetime
    order: int
    leave: Leave
    begins: bool


class Why(StrEnum):
    """What changes who is asked."""

    FIRST = "first asked"
    ESCALATION = "escalated"
    ABSENCE = "somebody goes, or is back"
    HANDED = "handed over"


@dataclass(frozen=True)
class Turn:
    """From `at` on others are asked than `before`.

    `change` or `handed` is what brought it about, where it is one of these; `acted_for` are those in whose place the
    giver was asked.
    """

    at: datetime
    why: Why
    before: frozenset[str]
    after: frozenset[str]
    change: Change | None = None
    handed: Handed | None = None
    acted_for: frozenset[str] = frozenset()

    @property
    def new(self) -> frozenset[str]:
        """Who is newly asked by it."""
        return self.after - self.before


def changes_of(leaves: Iterable[Leave]) -> list[Change]:
    """Returns when people go and are back, in order: of one instant those first who mean to be back first."""
    found = [
        (at, leave.due_over_at, number, leave, begins)
        for number, leave in enumerate(leaves)
        if leave.begins_at < leave.over_at
        for at, begins in ((leave.begins_at, True), (leave.over_at, False))
    ]
    ordered = sorted(found, key=lambda each: each[:3])
    return [Change(at, place, leave, begins) for place, (at, _, _, leave, begins) in enumerate(ordered)]


def turns(
    groups: Groups, part: Part, escalations: Sequence[datetime], changes: Iterable[Change], ends: datetime
) -> Iterator[Turn]:
    """Yields each change of who is asked about an approval until it ends."""
    people = {who for group in groups for who in group}
    away: dict[str, str] = {}
    later: list[Change] = []
    for change in changes:
        if change.leave.who in people:
            if change.at > part.asked_at:
                later.append(change)
            else:
                _apply(away, change)
    standing = Standing(groups, away=dict(away))
    yield Turn(part.asked_at, Why.FIRST, frozenset(), standing.asked)
    events: list[tuple[datetime, int, Change | Handed | None]] = [(each.at, each.order, each) for each in later]
    events += [(each.at, 0, each) for each in part.handed]
    events += [(at, 0, None) for at in escalations]
    for at, _, event in sorted(events, key=lambda each: each[:2]):
        if at > ends:
            return
        before = standing.asked
        if isinstance(event, Change):
            _apply(away, event)
            standing = standing.with_away(dict(away))
            yield from _turn(Turn(at, Why.ABSENCE, before, standing.asked, event))
        elif isinstance(event, Handed):
            acted_for = standing.acts_for(event.giver)
            standing = standing.with_handed(event.giver, event.receiver)
            yield Turn(at, Why.HANDED, before, standing.asked, handed=event, acted_for=acted_for)
        else:
            escalated = standing.escalated()
            standing = escalated or standing
            yield from [Turn(at, Why.ESCALATION, before, standing.asked)] if escalated else []


def _turn(turn: Turn) -> list[Turn]:
    return [turn] if turn.before != turn.after else []


def _apply(away: dict[str, str], change: Change) -> None:
    if change.begins:
        away[change.leave.who] = change.leave.substitute
    else:
        away.pop(change.leave.who, None)
