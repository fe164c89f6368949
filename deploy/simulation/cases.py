"""What `countersign deadlines simulate` says of each approval of the run, cut off where somebody ended it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from approval_svc.calendars import calendar_for
from approval_svc.domain import simulation
from approval_svc.domain.business_time import BusinessCalendar, Hours
from approval_svc.domain.deadline_plan import DeadlineKind, plan
from approval_svc.domain.simulation import REQUESTER, Follows
from approval_svc.use_cases.simulate_deadlines import Simulation, simulate_deadlines
from deploy.simulation.facts import Life, Part
from deploy.simulation.world import NATIONAL, World


@dataclass(frozen=True)
class Case:
    """One approval: what had happened (`follows`) when it ended, at `ends`, or when the run did.

    `groups` are the user ids that each authority of the chain adds.
    """

    life: Life
    part: Part
    simulated: Simulation
    calendar: BusinessCalendar
    groups: tuple[tuple[str, ...], ...]
    follows: tuple[Follows, ...]
    ends: datetime
    has_expired: bool

    @property
    def asked(self) -> dict[str, datetime]:
        """From when on somebody (user id) was asked."""
        found = dict.fromkeys(self.groups[0], self.part.asked_at)
        for each in self.follows:
            if each.kind is DeadlineKind.ESCALATION and each.mail:
                found |= dict.fromkeys(self.groups[len(each.to) - 1], each.due_at)
        return found

    def people(self, each: Follows) -> tuple[str, ...]:
        """Returns which officials it is told, of those who may decide then."""
        return tuple(who for group in self.groups[: len(set(each.to) - {REQUESTER})] for who in group)

    def mail_at(self, now: datetime) -> datetime:
        """Returns when mail about the approval may go out."""
        return self.calendar.within(Hours(*self.simulated.policy.mail_hours), now)


def case_of(session: Session, world: World, life: Life, part: Part, end: datetime) -> Case:
    """Returns the case of an approval in a run that is over at `end`."""
    place = part.organization
    start = part.asked_at.isoformat()
    simulated = simulate_deadlines(session, life.request.role, place.id if place else None, start)
    calendar = calendar_for(session, place, simulated.policy)
    groups = tuple(_groups(world, life, part))
    follows = list(_follows(simulated, calendar, groups, part))
    expiry = next((each.due_at for each in follows if each.kind is DeadlineKind.EXPIRY), end)
    ends = min(part.ended[0] if part.ended else end, expiry, end)
    return Case(
        life=life,
        part=part,
        simulated=simulated,
        calendar=calendar,
        groups=groups,
        follows=tuple(each for each in follows if each.due_at <= ends and each.due_at < end),
        ends=ends,
        has_expired=expiry == ends < end,
    )


def _groups(world: World, life: Life, part: Part) -> Iterator[tuple[str, ...]]:
    """Yields who each authority of the chain adds: never the requester, and nobody twice."""
    known = {life.request.requester.user_id}
    own = [(part.organization.kind, part.organization.id)] if part.organization else []
    for authority in [*own, *((kind, kind) for kind in NATIONAL)]:
        group = tuple(each.user_id for each in world.officials_of(*authority) if each.user_id not in known)
        known |= {*group}
        yield group


def _follows(
    simulated: Simulation, calendar: BusinessCalendar, groups: tuple[tuple[str, ...], ...], part: Part
) -> Iterator[Follows]:
    """Yields what follows; a question makes all that comes after it later by the business days until its answer."""
    follows = simulated.course.follows
    if part.questioned is None:
        yield from follows
        return
    asked_at = part.questioned[0]
    before = [each for each in follows if each.due_at < asked_at]
    yield from before
    if part.answered_at is None:
        return
    done = {(each.kind, each.step) for each in before}
    rested = calendar.elapsed(asked_at, part.answered_at)
    planned = plan(simulated.policy, calendar, part.asked_at, rested, levels=len(groups))
    # How many authorities are told is read from it, not which.
    names = [str(place) for place, _ in enumerate(groups)]
    later = simulation.course(planned, names, calendar, part.asked_at).follows
    yield from (each for each in later if (each.kind, each.step) not in done)
