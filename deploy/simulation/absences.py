"""Who is going to be absent in the sixty days, and who hands much over at once: drawn before anything happens."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from deploy.simulation.plan import DAYS, FIRST_DAY, START
from deploy.simulation.world import Someone, World

OFTEN = 0.35
"""The share of officials who are absent once or twice."""
NEXT_UP = {"cms": "help-desk"}
"""Whose officials may act besides those of the same authority; for an organization these are those of CMS."""


@dataclass(frozen=True)
class Absence:
    """What an official enters, and when; `called_off_at` is when they think better of it, or come back sooner."""

    who: Someone
    substitute: str
    first_day: date
    last_day: date
    entered_at: datetime
    called_off_at: datetime | None


@dataclass(frozen=True)
class Pile:
    """Somebody for whom several approvals wait hands up to `most` of them over at once.

    `who` picks one of those people, `to` one of those who may receive the first.
    """

    at: datetime
    who: float
    to: float
    most: int


def make_absences(random: Random, world: World) -> list[Absence]:
    """Returns what officials enter, the earliest first; some of it does not go together, and is refused."""
    found = [each for someone in world.officials for each in _absences(random, world, someone)]
    return sorted(found, key=lambda each: each.entered_at)


def make_piles(random: Random, requests: int) -> list[Pile]:
    """Returns when somebody hands several over: about one of twenty-five requests brings it about."""
    return [
        Pile(_moment(random, DAYS), random.random(), random.random(), random.randrange(2, 7))
        for _ in range(2 + requests // 25)
    ]


def _absences(random: Random, world: World, someone: Someone) -> Iterator[Absence]:
    possible = _substitutes(world, someone)
    for _ in range(random.choice((1, 1, 2)) if possible and random.random() < OFTEN else 0):
        yield _absence(random, someone, random.choice(possible))


def _absence(random: Random, someone: Someone, substitute: str) -> Absence:
    zone = ZoneInfo(someone.zone)
    first = FIRST_DAY + timedelta(days=random.randrange(1, DAYS - 2))
    last = first + timedelta(days=random.choice((0, 1, 2, 4, 6, 9, 13)))
    if random.random() < 0.25:
        entered = datetime.combine(first, time(random.randrange(24), random.randrange(60)), zone)
    else:
        entered = datetime.combine(first, time(), zone) - timedelta(days=random.uniform(0.1, 20))
    entered_at = max(entered.astimezone(UTC), START + timedelta(minutes=random.uniform(1, 60)))
    over = datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)
    called_off = entered_at + (over - entered_at) * random.uniform(0.05, 0.95)
    return Absence(someone, substitute, first, last, entered_at, called_off if random.random() < 0.2 else None)


def _substitutes(world: World, someone: Someone) -> Sequence[str]:
    """Returns who may act: of the same authorities, or of those next up."""
    near = [(kind, identifier) for kind, identifier in someone.authorities]
    near += [(up, up) for kind, _ in someone.authorities if (up := NEXT_UP.get(kind, "cms")) and kind != "help-desk"]
    people = dict.fromkeys(each.user_id for authority in near for each in world.officials_of(*authority))
    return [each for each in people if each != someone.user_id]


def _moment(random: Random, days: int) -> datetime:
    return START + timedelta(hours=1) + timedelta(days=random.uniform(0, days))
