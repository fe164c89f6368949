"""What `countersign deadlines simulate` says of each approval of the run, cut off where somebody ended it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from approval_svc.calendars import calendar_for
from approval_svc.domain import simulation
from approval_svc.domain.business_time import BusinessCalendar, Hours
from approval_svc.domain.deadline_plan import DeadlineKind, plan
from approval_svc.domain.simulation import Follows
from approval_svc.use_cases.simulate_deadlines import Simulation, simulate_deadlines
from deploy.simulation.facts import Life, Part
from deploy.simulation.turns import Change, Turn, turns
from deploy.simulation.world import NATIONAL, World


@dataclass(frozen=True)
class Case:
    """One approval: what had happened (`follows`) when it ended, at `ends`, or when the run did.

    `turns` are the changes of who is asked, the first asking first.
    """

    life: Life
    part: Part
    simulated: Simulation
    calendar: BusinessCalendar
    turns: tuple[Turn, ...]
    follows: tuple[Follows, ...]
    ends: datetime
    has_expired: bool

    def asked(self, at: datetime) -> frozenset[str]:
        """Returns who (user ids) is asked then."""
        return next((turn.after for turn in reversed(self.turns) if turn.at <= at), frozenset())

    def spans(self, who: str) -> Iterator[tuple[datetime, datetime]]:
        """Yields from when until when somebody was asked."""
        since: datetime | None = None
        for turn in self.turns:
            if who in turn.after and since is None:
                since = turn.at
            elif who not in turn.after and since is not None:
                yield since, turn.at
                since = None
        if since is not None:
            yield since, self.ends

    def stays(self, who: str, since: datetime, until: datetime) -> bool:
        """Whether somebody is asked all the time between these, or at the one instant that both are."""
        return any(begin <= since and (until < end or since == until) for begin, end in self.spans(who) if since <= end)

    def mail_at(self, now: datetime) -> datetime:
        """Returns when mail about the approval may go out."""
        return self.calendar.within(Hours(*self.simulated.policy.mail_hours), now)


def case_of(session: Session, world: World, changes: Sequence[Change], life: Life, part: Part, end: datetime) -> Case:
    """Returns the case of an approval in a run that is over at `end`, with who is absent and who is back by then."""
    place = part.organization
    start = part.asked_at.isoformat()
    simulated = simulate_deadlines(session, life.request.role, place.id if place else None, start)
    calendar = calendar_for(session, place, simulated.policy)
    groups = tuple(_groups(world, life, part))
    follows = list(_follows(simulated, calendar, part))
    expiry = next((each.due_at for each in follows if each.kind is DeadlineKind.EXPIRY), end)
    ends = min(part.ended[0] if part.ended else end, expiry, end)
    happened = tuple(each for each in follows if each.due_at <= ends and each.due_at < end)
    escalations = [each.due_at for each in happened if each.kind is DeadlineKind.ESCALATION and not each.is_overtaken]
    return Case(
        life=life,
        part=part,
        simulated=simulated,
        calendar=calendar,
        turns=tuple(turns(groups, part, escalations, changes, ends)),
        follows=happened,
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


def _follows(simulated: Simulation, calendar: BusinessCalendar, part: Part) -> Iterator[Follows]:
    """Yields what follows; a question makes all that comes after it later by the business days until its answer.

    What the night held back when the question was asked can lie before the answer then: it comes with it. But nothing
    expires with the answer: it leaves as long as there is after the last notice.
    """
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
    # There are as many levels as authorities.
    levels = len(NATIONAL) + (part.organization is not None)
    planned = plan(simulated.policy, calendar, part.asked_at, rested, levels=levels)
    # When something happens is read from it; who is told is for the rules of standing.
    later = simulation.course(planned, (), calendar, part.asked_at).follows
    for each in later:
        if (each.kind, each.step) not in done:
            yield replace(each, due_at=_once_answered(each, simulated, calendar, part.answered_at))


def _once_answered(each: Follows, simulated: Simulation, calendar: BusinessCalendar, answered_at: datetime) -> datetime:
    hours = Hours(*simulated.policy.mail_hours)
    mailed_at = calendar.within(hours, answered_at)
    if each.kind is DeadlineKind.EXPIRY and each.due_at <= mailed_at:
        return calendar.within(hours, calendar.after(mailed_at, min(simulated.policy.expiry_notices)))
    return max(each.due_at, answered_at)
