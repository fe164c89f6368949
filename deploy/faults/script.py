"""What everybody is going to do: who asks for what and when, and how each decision shall go. Drawn from a seed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import TypeVar

from deploy.faults.people import CATEGORIES, Authority, People, Person
from shared.catalog import Catalog, Role, RoleOption

Choice = TypeVar("Choice")
_Claim = tuple[str, str, str | None, tuple[str, str] | None]
"""Requester, role, option, organization."""

STATES = ("AL", "FL", "GA", "CO", "TX")
PROVIDERS_OF_NOBODY = ("125003", "405002")
"""Providers without an official: CMS decides."""
OFFICIALS_ROLES = 0.05
"""The share of requests for a role that makes its holder a Security Official."""
SEVERAL = 0.6
"""The share of surveyors for CMS who name several contract organizations."""
SURVEYORS = 4
"""So much likelier than another role is a surveyor's, which alone has several decisions."""
LAST_ASK = 0.85
"""Of the run's time, when the last request is submitted, save in a burst."""
BURST = 0.1
"""The share of all requests that come in one burst."""


class Course(StrEnum):
    """How a decision goes."""

    ONE = "one official decides"
    DOUBLE = "one official clicks twice"
    TWO = "two officials decide at once"
    OLD_LINK = "another official tries an old link afterwards"
    IN_LIST = "one official decides in their list, where many can be decided at once"
    QUESTION = "one official asks the requester, and decides whether the answer has come or not"
    HANDED = "one official hands it over, and the other decides"
    LEFT = "nobody decides"


class Withdrawal(StrEnum):
    """When a request is taken back."""

    NEVER = "never"
    EARLY = "soon after it was submitted"
    RACING = "while it is being decided"


COURSES: Mapping[Course, int] = {
    Course.ONE: 36,
    Course.DOUBLE: 10,
    Course.TWO: 12,
    Course.OLD_LINK: 8,
    Course.IN_LIST: 8,
    Course.QUESTION: 8,
    Course.HANDED: 8,
    Course.LEFT: 10,
}
WITHDRAWALS: Mapping[Withdrawal, int] = {Withdrawal.NEVER: 88, Withdrawal.EARLY: 6, Withdrawal.RACING: 6}


@dataclass(frozen=True)
class Part:
    """One decision that a request needs.

    `approves` are the verdicts of whoever decides first and second; `officials` their places among those asked.
    `draw` chooses disciplines, privileges and the reason; `delay` is in seconds, from the first mail to the decision.
    """

    authority: Authority
    organization: str | None
    course: Course
    approves: tuple[bool, bool]
    officials: tuple[int, int]
    delay: float
    draw: int


@dataclass(frozen=True)
class Away:
    """An official goes away at `at_seconds`, and is back at `back_at_seconds` unless that is None."""

    person: Person
    substitute: Person
    at_seconds: float
    back_at_seconds: float | None


@dataclass(frozen=True)
class Ask:
    """One request: `answers` are the fields of STEP 3, `at_seconds` is counted from the beginning of the load."""

    number: int
    at_seconds: float
    requester: Person
    category: str
    role_id: str
    role_name: str
    option: str | None
    answers: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    withdrawal: Withdrawal


@dataclass(frozen=True)
class _Wish:
    role: Role
    option: RoleOption | None
    answers: tuple[tuple[str, str], ...]
    decided_for: tuple[tuple[str, str] | None, ...]
    survey_for: str | None = None


def make_script(
    catalog: Catalog,
    people: People,
    seed: int,
    requests: int,
    seconds: float,
    bursts: Sequence[tuple[float, float]] = (),
) -> list[Ask]:
    """Returns `requests` requests in the order of their times, the same for the same arguments.

    In each of the `bursts` (from when to when, in seconds) a share of them comes beside the even flow of the others.
    Nobody asks twice for the same role and organization, whatever becomes of the first request.
    """
    random = Random(f"script {seed}")  # noqa: S311  # repeatable is what it must be
    times = _times(random, requests, seconds, bursts)
    taken: set[_Claim] = set()
    asks = []
    for number, at in enumerate(times):
        asks.append(_ask(random, catalog, people, number, at, taken))
    return asks


def _times(random: Random, requests: int, seconds: float, bursts: Sequence[tuple[float, float]]) -> list[float]:
    """Returns when each request is submitted, in order."""
    crowd = int(requests * min(BURST, 0.5 / max(len(bursts), 1)))
    even = requests - crowd * len(bursts)
    flow = [seconds * LAST_ASK * (number + random.random()) / even for number in range(even)]
    crowds = [random.uniform(*burst) for burst in bursts for _ in range(crowd)]
    return sorted(round(at, 2) for at in flow + crowds)


def _ask(random: Random, catalog: Catalog, people: People, number: int, at: float, taken: set[_Claim]) -> Ask:
    while True:
        category = random.choices(list(CATEGORIES), list(CATEGORIES.values()))[0]
        requester = random.choice(people.requesters[category])
        wish = _wish(random, catalog, people, category)
        option = wish.option.id if wish.option else None
        claims = {(requester.user_id, wish.role.id, option, each) for each in wish.decided_for}
        if not claims & taken:
            taken |= claims
            break
    return Ask(
        number=number,
        at_seconds=at,
        requester=requester,
        category=category,
        role_id=wish.role.id,
        role_name=wish.option.role_name if wish.option else wish.role.name,
        option=option,
        answers=wish.answers,
        parts=tuple(_part(random, catalog, people, wish, each) for each in wish.decided_for),
        withdrawal=_drawn(random, WITHDRAWALS),
    )


def _wish(random: Random, catalog: Catalog, people: People, category: str) -> _Wish:
    roles = [role for role in catalog.offered_in(category) if role.requestable]
    makes_official = random.random() < OFFICIALS_ROLES
    fitting = [role for role in roles if bool(role.official_of) == makes_official] or roles
    role = random.choices(fitting, [SURVEYORS if each.step3 == "contract-surveyor" else 1 for each in fitting])[0]
    option = random.choice(role.options) if role.options else None
    surveyor = random.choice(("yes", "no", None)) if role.asks_surveyor else None
    extra = (("surveyor", surveyor),) if surveyor else ()
    if role.step3 == "contract-surveyor":
        return _surveyor(random, people, role)
    if role.step3 == "none":
        return _Wish(role, option, extra, (None,))
    choices = STATES if role.step3 == "state" else _organizations(people, role.step3)
    chosen = random.choice(choices)
    return _Wish(role, option, ((role.step3, chosen), *extra), ((role.step3, chosen),))


def _surveyor(random: Random, people: People, role: Role) -> _Wish:
    survey_for = random.choice(role.survey_for)
    known = _organizations(people, "contract-organization")
    several = survey_for == "cms" and random.random() < SEVERAL
    chosen = sorted(random.sample(known, random.choice((2, 3)) if several else 1))
    answers = [("survey_for", survey_for), *(("contract_organizations", each) for each in chosen)]
    if random.random() < 0.5:
        number = f"F{random.randrange(10**6):06}"
        answers += [("surveyor_status", "existing"), ("federal_surveyor_id", number)]
        answers.append(("confirm_federal_surveyor_id", number))
    else:
        answers.append(("surveyor_status", "new"))
    if survey_for == "cms":
        return _Wish(role, None, tuple(answers), tuple(("contract-organization", each) for each in chosen), survey_for)
    state = random.choice(STATES)
    return _Wish(role, None, (*answers, ("state", state)), (("state", state),), survey_for)


def _organizations(people: People, kind: str) -> list[str]:
    ids = dict.fromkeys(seat.authority.id for seat in people.seats if seat.authority.kind == kind)
    return [*ids, *(PROVIDERS_OF_NOBODY if kind == "provider" else ())]


def _part(random: Random, catalog: Catalog, people: People, wish: _Wish, where: tuple[str, str] | None) -> Part:
    rule = catalog.rule_for(wish.role.id, wish.survey_for)
    kinds = [authority.id for authority in catalog.authority_chain(rule.decided_by)] if rule else []
    return Part(
        authority=next(each for each in _authorities(kinds, where) if people.officials_of(each)),
        organization=catalog.organization(*where).name if where else None,
        course=_drawn(random, COURSES),
        approves=(random.random() < 0.75, random.random() < 0.75),
        officials=(random.randrange(4), random.randrange(1, 4)),
        delay=round(random.uniform(0.2, 6), 2),
        draw=random.randrange(10**6),
    )


def _authorities(kinds: Sequence[str], where: tuple[str, str] | None) -> Iterator[Authority]:
    """Yields who is asked in turn: the organization named, then the national bodies."""
    for kind in kinds:
        if where and kind == where[0]:
            yield Authority(*where)
        elif kind in ("cms", "help-desk"):
            yield Authority(kind, kind)


def _drawn(random: Random, weights: Mapping[Choice, int]) -> Choice:
    return random.choices(list(weights), list(weights.values()))[0]
