"""Who is asked, and for whom they act: routing with absences and handovers taken into account. Pure.

Routing says who may decide; this never adds anybody whom routing passed over, so nobody decides on their own request
through a substitute or a handover either. Where routing finds somebody, this does too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from approval_svc.domain.routing import Candidate, PassedOver, Routing, Step, is_same


@dataclass(frozen=True, kw_only=True)
class Away:
    """Somebody is absent now, for every authority that they stand for; another person acts for them."""

    user_id: str
    substitute: str
    """The user id of the person who acts for them: of the same authority or of the next one up, or they do not act."""


@dataclass(frozen=True, kw_only=True)
class Handover:
    """An official gave an approval to another one; both by the id of their row in the directory."""

    giver: UUID
    receiver: UUID


@dataclass(frozen=True, kw_only=True)
class Assigned:
    """Somebody who is asked; `acts_for` are the absent in whose place they act.

    `in_own_right`: whether they would be asked without acting for anybody.
    """

    candidate: Candidate
    acts_for: tuple[Candidate, ...] = ()
    in_own_right: bool = True

    @property
    def official_id(self) -> UUID:
        """The id of the official's row in the directory."""
        return self.candidate.official_id


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Who is asked about an approval at each place of its chain.

    `routing` has the absent among those who are passed over, and their substitutes among the eligible.
    """

    routing: Routing
    away: tuple[Away, ...] = ()
    handovers: tuple[Handover, ...] = ()

    @property
    def decided_by(self) -> Step | None:
        """The first authority for which somebody can be asked; None: the approval is unroutable."""
        return self.routing.decided_by

    def asked(self, level: int) -> tuple[Assigned, ...]:
        """Returns who is asked when escalation has reached that place of the chain; each person once."""
        asked = [self._acting(candidate, level) for candidate in self.routing.asked(level)]
        for handover in self.handovers:
            asked = self._handed_over(asked, handover)
        return tuple(asked)

    def above(self, level: int) -> int | None:
        """Returns the next place of the chain where somebody is asked who is not asked yet; None at its end."""
        known = {_person(each.candidate) for each in self.asked(level)}
        higher = range(self.routing.reached(level) + 1, len(self.routing.steps))
        return next((place for place in higher if not known.issuperset(self._people(place))), None)

    def takes(self, official_id: UUID) -> bool:
        """Whether what is handed over to this official is before them, or before who acts for them."""
        return self._receiver(official_id) is not None

    def _people(self, level: int) -> Iterator[str]:
        return (_person(each.candidate) for each in self.asked(level))

    def _acting(self, candidate: Candidate, level: int) -> Assigned:
        reached = self.routing.steps[: self.routing.reached(level) + 1]
        absent = (each for step in reached for each, why in step.passed_over if why is PassedOver.AWAY)
        return Assigned(
            candidate=candidate,
            acts_for=_each_once(self._replaced_by(candidate, absent)),
            in_own_right=any(_is_person(each, candidate) for step in reached for each in _own(step)),
        )

    def _replaced_by(self, candidate: Candidate, absent: Iterable[Candidate]) -> Iterator[Candidate]:
        for each in absent:
            away = _absence_of(each, self.away)
            if away is not None and is_same(away.substitute, candidate.user_id):
                yield each

    def _handed_over(self, asked: Sequence[Assigned], handover: Handover) -> list[Assigned]:
        """Gives what the giver was asked to the receiver; with a receiver who is gone all stays as routing has it."""
        receiver = self._receiver(handover.receiver)
        if receiver is None:
            return list(asked)
        giver = self._row(handover.giver)
        kept = [left for each in asked if (left := _without(each, giver)) is not None] if giver else list(asked)
        is_asked = any(_is_person(each.candidate, receiver.candidate) for each in kept)
        return kept if is_asked else [*kept, receiver]

    def _receiver(self, official_id: UUID) -> Assigned | None:
        """Returns who takes what is handed to this official: they, or who acts for them; None when nobody does."""
        for place, step in enumerate(self.routing.steps):
            for candidate in step.eligible:
                if candidate.official_id == official_id:
                    return Assigned(candidate=candidate)
            for absent, why in step.passed_over:
                if absent.official_id == official_id and why is PassedOver.AWAY:
                    acting = _substitute(self.routing.steps[place : place + 2], absent, self.away)
                    return Assigned(candidate=acting, acts_for=(absent,), in_own_right=False) if acting else None
        return None

    def _row(self, official_id: UUID) -> Candidate | None:
        everybody = (each for step in self.routing.steps for each in _all_of(step))
        return next((each for each in everybody if each.official_id == official_id), None)


def assign(routing: Routing, absences: Iterable[Away] = (), handovers: Iterable[Handover] = ()) -> Assignment:
    """Returns who is asked, at each place of the chain; `handovers` are in the order in which they were made.

    The absent are not asked. Who acts for them is, if routing would ask them: not the requester, and not somebody
    who is absent too. Where that leaves nobody in the whole chain, the absent are asked after all.
    """
    away = tuple(absences)
    steps = tuple(_present(routing.steps[place : place + 2], away) for place in range(len(routing.steps)))
    present = replace(routing, steps=steps)
    if present.decided_by is None:
        present, away = routing, ()
    return Assignment(routing=present, away=away, handovers=tuple(handovers))


def assigned(
    routing: Routing, level: int, absences: Iterable[Away] = (), handovers: Iterable[Handover] = ()
) -> tuple[Assigned, ...]:
    """Returns who is asked when escalation has reached that place of the chain, as `assign` has it."""
    return assign(routing, absences, handovers).asked(level)


def _present(steps: Sequence[Step], away: Sequence[Away]) -> Step:
    """Returns the first of these steps with substitutes, who are of it or of the second one, for its absent."""
    step = steps[0]
    absent = [each for each in step.eligible if _absence_of(each, away)]
    found = [(each, _substitute(steps, each, away)) for each in absent]
    present = [each for each in step.eligible if each not in absent]
    acting = [substitute for _, substitute in found if substitute is not None]
    reasons = [(each, PassedOver.AWAY if substitute else PassedOver.AWAY_ALONE) for each, substitute in found]
    return replace(step, eligible=tuple(dict.fromkeys([*present, *acting])), passed_over=(*step.passed_over, *reasons))


def _substitute(steps: Sequence[Step], absent: Candidate, away: Sequence[Away]) -> Candidate | None:
    absence = _absence_of(absent, away)
    if absence is None:
        return None
    may = (each for step in steps for each in step.eligible if is_same(each.user_id, absence.substitute))
    return next((each for each in may if _absence_of(each, away) is None), None)


def _absence_of(candidate: Candidate, away: Sequence[Away]) -> Away | None:
    return next((each for each in away if is_same(each.user_id, candidate.user_id)), None)


def _without(assigned: Assigned, giver: Candidate) -> Assigned | None:
    """Returns what is left when the giver is not asked any more; who acted for nobody else goes with them."""
    if _is_person(assigned.candidate, giver):
        return None
    left = tuple(each for each in assigned.acts_for if not _is_person(each, giver))
    return replace(assigned, acts_for=left) if left or assigned.in_own_right else None


def _own(step: Step) -> Iterator[Candidate]:
    """Yields who of the eligible is of this very authority, and not a substitute of the next one."""
    return (each for each in step.eligible if each.authority == step.authority)


def _all_of(step: Step) -> Iterator[Candidate]:
    yield from step.eligible
    yield from (each for each, _ in step.passed_over)


def _each_once(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    found: dict[str, Candidate] = {}
    for each in candidates:
        found.setdefault(_person(each), each)
    return tuple(found.values())


def _person(candidate: Candidate) -> str:
    return candidate.user_id.strip().casefold()


def _is_person(one: Candidate, other: Candidate) -> bool:
    return is_same(one.user_id, other.user_id)
