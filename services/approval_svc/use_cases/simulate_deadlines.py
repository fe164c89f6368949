"""Operations ask what would follow a request that nobody answers: each date with its mail. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from approval_svc import calendar_queries, organization_queries, queries, reference
from approval_svc.assignment_queries import with_absences
from approval_svc.calendars import calendar_for
from approval_svc.domain import simulation
from approval_svc.domain.assignment import Assignment
from approval_svc.domain.business_time import BusinessCalendar
from approval_svc.domain.deadline_plan import plan
from approval_svc.domain.routing import NATIONAL, OrganizationId, Requester, authorities, route
from approval_svc.domain.simulation import Course
from shared.catalog import Policy, Role, the_catalog

YEARS = range(2000, 2100)
"""For which the holidays are known."""
NOBODY = Requester(user_id="", email="")
"""A requester whom no official is."""


class UnusableQuestionError(ValueError):
    """What was asked cannot be simulated; `field` (role, organization or from) says where, `sentence` why."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field, self.sentence = field, sentence


@dataclass(frozen=True)
class SimulatedPlace:
    """The organization of a simulation."""

    kind: str
    id: str
    name: str
    time_zone: str | None


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """What would follow; instants are in UTC, `zone` is the organization's. `asked` is None when nobody could be.

    `counts_from` is from when business days are counted.
    """

    role: str
    organization: SimulatedPlace | None
    zone: ZoneInfo
    policy: Policy
    asked: str | None
    asked_at: datetime
    counts_from: datetime
    course: Course


def simulate_deadlines(session: Session, role: str, organization: str | None, start: str) -> Simulation:
    """Returns what would follow when nobody answers, by the policy and with the directory of now.

    `role` is an id or a name, `organization` an id (a state's code, a CCN), None for a national role. `start` is
    a date or a date and time, without an offset by the organization's clock; a date alone means when its mail hours
    begin. Raises UnusableQuestionError.
    """
    found = _role(role)
    kind_of = dict(_kinds(found))
    place = _place(session, found, frozenset(kind_of), organization or "")
    policy = the_catalog().deadline_policy(found.id, place.kind if place else None)
    calendar = calendar_for(session, place, policy)
    asked_at = _instant(start, calendar.zone, policy)
    chain = reference.chain_for(found.id, kind_of[place.kind if place else None])
    where = OrganizationId(kind=place.kind, id=place.id) if place else None
    names = tuple(_asked(session, chain, where, place.name if place else None))
    levels = len(authorities(chain, where))
    return Simulation(
        role=found.name,
        organization=place,
        zone=calendar.zone,
        policy=policy,
        asked=names[0] if names else None,
        asked_at=asked_at,
        counts_from=simulation.counts_from(calendar, asked_at),
        course=_course(policy, calendar, asked_at, names, levels),
    )


def _course(
    policy: Policy, calendar: BusinessCalendar, asked_at: datetime, names: tuple[str, ...], levels: int
) -> Course:
    planned = plan(policy, calendar, asked_at, levels=levels)
    return simulation.course(planned, names, calendar, asked_at)


def _role(words: str) -> Role:
    role = the_catalog().find_role(words.strip())
    if role is None:
        raise UnusableQuestionError("role", "No role of the catalog has this id or name")
    if not role.requestable:
        raise UnusableQuestionError("role", "This role cannot be requested")
    return role


def _kinds(role: Role) -> Iterator[tuple[str | None, str | None]]:
    """Yields each kind of organization that approvals of the role are for (None: national), with what to survey for."""
    for survey_for in role.survey_for or (None,):
        rule = the_catalog().rule_for(role.id, survey_for)
        if rule is not None and rule.decided_by not in NATIONAL:
            yield rule.decided_by, survey_for
        elif rule is not None:
            yield (None if role.step3 in ("none", "contract-surveyor") else role.step3), survey_for


def _place(session: Session, role: Role, kinds: frozenset[str | None], words: str) -> SimulatedPlace | None:
    if not words.strip():
        if None in kinds:
            return None
        raise UnusableQuestionError("organization", f"Enter the organization: {role.name} is asked for one")
    if kinds == {None}:
        raise UnusableQuestionError("organization", f"Leave this empty: {role.name} is not asked for an organization")
    wanted = words.strip().casefold()
    named = organization_queries.organizations_named(session)
    for kind in sorted(each for each in kinds if each):
        if place := next(_places(session, kind, wanted, named), None):
            return place
    choices = " or ".join(the_catalog().organization_kind(kind).name for kind in sorted(each for each in kinds if each))
    raise UnusableQuestionError("organization", f"No {choices} with this id or name is known here")


def _places(session: Session, kind: str, wanted: str, named: Mapping[OrganizationId, str]) -> Iterator[SimulatedPlace]:
    """Yields the organizations of a kind with this id or name that requests have named, then those of the catalog."""
    for found, name in named.items():
        if found.kind == kind and wanted in (found.id.casefold(), name.casefold()):
            yield SimulatedPlace(kind, found.id, name, calendar_queries.time_zone_named(session, found))
    for each in the_catalog().organizations_of(kind):
        if wanted in (each.id.casefold(), each.name.casefold()):
            yield SimulatedPlace(kind, each.id, each.name, each.time_zone)


def _instant(start: str, zone: ZoneInfo, policy: Policy) -> datetime:
    try:
        instant = _read(start.strip(), zone, policy)
    except (ValueError, OverflowError) as error:
        words = "Enter a date such as 2026-11-23, or a date and time such as 2026-11-23T16:30"
        raise UnusableQuestionError("from", words) from error
    if instant.year not in YEARS:
        raise UnusableQuestionError("from", f"Enter a date from {YEARS.start} to {YEARS.stop - 1}")
    return instant


def _read(start: str, zone: ZoneInfo, policy: Policy) -> datetime:
    if len(start) == len("2026-11-23"):
        return datetime.combine(date.fromisoformat(start), policy.mail_hours[0], zone).astimezone(UTC)
    instant = datetime.fromisoformat(start)
    return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)


def _asked(
    session: Session, chain: tuple[str, ...], where: OrganizationId | None, organization: str | None
) -> Iterator[str]:
    """Yields the name of each authority that is asked in turn, with how many people that adds."""
    directory = queries.officials_of(session, authorities(chain, where))
    routing = route(chain, where, [queries.candidate(row) for row in directory], NOBODY)
    assignment = with_absences(session, routing)
    known = 0
    for level in _levels(assignment):
        name = reference.authority_name(routing.steps[level].authority.kind, organization)
        people = len(assignment.asked(level)) - known
        known += people
        yield f"{name} ({people} {'person' if people == 1 else 'people'})"


def _levels(assignment: Assignment) -> Iterator[int]:
    """Yields the places of the chain that are asked in turn when nobody answers; none when nobody could be asked."""
    level = next((place for place, step in enumerate(assignment.routing.steps) if step.eligible), None)
    while level is not None:
        yield level
        level = assignment.above(level)
