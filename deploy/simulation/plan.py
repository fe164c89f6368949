"""What people do in the sixty days: drawn from one random number generator before anything happens."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from deploy.simulation.world import ROLES, Someone, World
from shared.contracts import Organization, Person, SurveyFor

FIRST_DAY = date(2026, 11, 2)
"""Sixty days from here hold Veterans Day, Thanksgiving, Christmas and New Year."""
DAYS = 60
START = datetime.combine(FIRST_DAY, time(), UTC)
END = START + timedelta(days=DAYS)


@dataclass(frozen=True)
class Answer:
    """What an official does about one approval: `who` picks one of those who may decide then."""

    after: timedelta
    approve: bool
    who: float


@dataclass(frozen=True)
class Question:
    """What an official asks the requester about the first approval, and when the answer comes."""

    after: timedelta
    answered_after: timedelta
    who: float


@dataclass(frozen=True)
class Handing:
    """That one of those who may decide the first approval hands it over; `to` picks one of those who may receive it."""

    after: timedelta
    who: float
    to: float


@dataclass(frozen=True)
class Request:
    """A request and what becomes of it: an answer, or none, for each organization; perhaps withdrawn, or nudged."""

    number: int
    requester: Person
    category: str
    role: str
    survey_for: SurveyFor | None
    organizations: tuple[Organization, ...]
    submitted_at: datetime
    answers: tuple[Answer | None, ...]
    withdrawn_after: timedelta | None
    nudged_after: tuple[timedelta, ...]
    question: Question | None
    handings: tuple[Handing, ...]


def make_plan(random: Random, world: World, requests: int) -> list[Request]:
    """Returns the requests, the earliest first."""
    made = [_request(random, world, number) for number in range(requests)]
    return sorted(made, key=lambda each: each.submitted_at)


def _request(random: Random, world: World, number: int) -> Request:
    place = None if random.random() < 0.03 else random.choice(world.organizations)
    category, role, survey_for = random.choice(ROLES[place.kind if place else "cms"])
    organizations: tuple[Organization, ...] = (place,) if place else ()
    if place and place.kind == "contract-organization":
        others = [each for each in world.organizations if each.kind == place.kind and each != place]
        organizations += tuple(random.sample(others, min(len(others), random.choice((0, 0, 1, 2)))))
    return Request(
        number=number,
        requester=_requester(random, world, place, number),
        category=category,
        role=role,
        survey_for=survey_for,
        organizations=organizations,
        submitted_at=_submitted(random, ZoneInfo(place.time_zone if place and place.time_zone else "America/New_York")),
        answers=tuple(_answer(random) for _ in organizations or (None,)),
        withdrawn_after=_hours(random, 1, 360) if random.random() < 0.06 else None,
        nudged_after=tuple(sorted(_hours(random, 12, 500) for _ in range(_how_often(random, 80, 12, 5, 3)))),
        question=_question(random) if random.random() < 0.1 else None,
        handings=tuple(_handing(random) for _ in range(_how_often(random, 88, 9, 3))),
    )


def _requester(random: Random, world: World, place: Organization | None, number: int) -> Person:
    """Somebody new, or now and then an official of the organization, who must not decide on themselves."""
    if place and random.random() < 0.03:
        return _person(random.choice(world.officials_of(place.kind, place.id)))
    user_id = f"requester.{number}"
    return Person(user_id=user_id, name=f"Requester {number}", email=f"{user_id}@health.example", phone=None)


def _person(official: Someone) -> Person:
    return Person(user_id=official.user_id, name=official.user_id, email=official.email, phone=None)


def _submitted(random: Random, zone: ZoneInfo) -> datetime:
    """Mostly in the hours of a working day, sometimes at night or on a Sunday."""
    day = FIRST_DAY + timedelta(days=random.randrange(DAYS))
    while day.weekday() >= 5 and random.random() < 0.8:
        day = FIRST_DAY + timedelta(days=random.randrange(DAYS))
    hour = random.uniform(8, 18) if random.random() < 0.8 else random.uniform(0, 24)
    instant = datetime.combine(day, time(), zone) + timedelta(hours=hour)
    return max(instant.astimezone(UTC), START + timedelta(hours=1))


def _answer(random: Random) -> Answer | None:
    """Half answer within two days, a quarter within twelve, some when it is nearly over, and some never."""
    quick, slow, late, _never = (0.5, 0.25, 0.12, 0.13)
    drawn = random.random()
    if drawn < quick:
        after = _hours(random, 0.1, 48)
    elif drawn < quick + slow:
        after = _hours(random, 48, 288)
    elif drawn < quick + slow + late:
        after = _hours(random, 288, 744)
    else:
        return None
    return Answer(after, approve=random.random() < 0.8, who=random.random())


def _question(random: Random) -> Question:
    return Question(_hours(random, 1, 240), _hours(random, 0.2, 120), random.random())


def _handing(random: Random) -> Handing:
    return Handing(_hours(random, 0.5, 360), random.random(), random.random())


def _how_often(random: Random, *weights: int) -> int:
    """Returns how often something happens: not at all by the first weight, once by the second, and so on."""
    return random.choices(range(len(weights)), weights)[0]


def _hours(random: Random, least: float, most: float) -> timedelta:
    return timedelta(hours=random.uniform(least, most))
