"""Who is asked about an approval, by the rules as one would tell them: nothing here knows how approval_svc does it.

Officials are user ids. The groups of a chain are the authorities that are asked in turn, the organization's own first,
each with those who may decide: never the requester, and nobody twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

Groups = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Standing:
    """How an approval stands: `level` groups up have been added, `away` says who acts for whom of the absent.

    `handed` has giver and receiver of what was handed over, the earliest first.
    """

    groups: Groups
    level: int = 0
    away: Mapping[str, str] | None = None
    handed: tuple[tuple[str, str], ...] = ()

    @property
    def asked(self) -> frozenset[str]:
        """Who is asked now."""
        return frozenset(self._rights(self.level))

    def escalated(self) -> "Standing | None":
        """Returns it with the next group that adds somebody; None when there is none."""
        higher = range(self._reached(self.level) + 1, len(self.groups))
        found = (replace(self, level=place) for place in higher)
        return next((each for each in found if not each.asked <= self.asked), None)

    def acts_for(self, who: str) -> frozenset[str]:
        """Returns in whose place somebody is asked, besides in their own right."""
        return frozenset(self._rights(self.level).get(who, ())) - {who}

    def with_away(self, away: Mapping[str, str]) -> "Standing":
        """Returns it with others absent; what was handed to somebody for whom nobody can act goes back for good."""
        changed = replace(self, away=away)
        return replace(changed, handed=tuple(each for each in self.handed if changed.takes(each[1])))

    def with_handed(self, giver: str, receiver: str) -> "Standing":
        """Returns it handed over."""
        return replace(self, handed=(*self.handed, (giver, receiver)))

    def takes(self, receiver: str) -> bool:
        """Whether what was handed to somebody is before them, or before who acts for them."""
        return self._taker(receiver) is not None

    def _rights(self, level: int) -> dict[str, set[str]]:
        """Returns who is asked, each with those in whose right: their own, or that of the absent."""
        rights: dict[str, set[str]] = {}
        for place in range(self._reached(level) + 1):
            for who in self.groups[place]:
                if acts := self._acts(place, who):
                    rights.setdefault(acts, set()).add(who)
        for giver, receiver in self.handed:
            if taker := self._taker(receiver):
                rights = _without(rights, giver)
                rights.setdefault(taker, {receiver})
        return rights

    def _taker(self, receiver: str) -> str | None:
        place = next(place for place, group in enumerate(self.groups) if receiver in group)
        return self._acts(place, receiver)

    def _reached(self, level: int) -> int:
        first = next(place for place in range(len(self.groups)) if self._anybody(place))
        return max(first, level)

    def _anybody(self, place: int) -> bool:
        return any(self._acts(place, who) for who in self.groups[place])

    def _acts(self, place: int, who: str) -> str | None:
        """Returns who acts for an official of that group: they, or their substitute of it or of the next one."""
        if self._everybody_is_gone():
            return who
        return self._acts_if_any(place, who)

    def _acts_if_any(self, place: int, who: str) -> str | None:
        away = self.away or {}
        if who not in away:
            return who
        near = [each for group in self.groups[place : place + 2] for each in group if each not in away]
        return away[who] if away[who] in near else None

    def _everybody_is_gone(self) -> bool:
        """Whether nobody of all groups is there or has somebody who acts: then the absent are asked after all."""
        return not any(self._acts_if_any(place, who) for place, group in enumerate(self.groups) for who in group)


def _without(rights: Mapping[str, Iterable[str]], giver: str) -> dict[str, set[str]]:
    left = {who: {*whose} - {giver} for who, whose in rights.items() if who != giver}
    return {who: whose for who, whose in left.items() if whose}
