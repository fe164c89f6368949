"""Who takes part: requesters of every category, and Security Officials of every kind of organization."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import NamedTuple

from deploy.local import demonstration

CATEGORIES: Mapping[str, int] = {"state-agency": 35, "contractor": 35, "provider": 20, "cms": 10}
"""The categories with roles to ask for, and how many of a hundred requests are for one of each."""
REQUESTS_EACH = 6
"""Of one person, about: the next request often meets an earlier one that is still under way."""
FIRST_NAMES = [
    "Ada",
    "Bela",
    "Cleo",
    "Dora",
    "Emil",
    "Fritz",
    "Greta",
    "Hugo",
    "Ilse",
    "Jan",
    "Karl",
    "Lena",
    "Milo",
    "Nora",
    "Otis",
    "Pia",
    "Rolf",
    "Sina",
    "Timo",
    "Uwe",
]
LAST_NAMES = [
    "Abbott",
    "Brook",
    "Carver",
    "Dunne",
    "Eads",
    "Frost",
    "Gale",
    "Hobbs",
    "Ives",
    "Joyce",
    "Kerr",
    "Lowell",
    "Marsh",
    "Nye",
    "Orr",
    "Pryce",
    "Rowe",
]
MORE_OFFICIALS = (
    ("state", "CO", "America/Denver"),
    ("state", "TX", "America/Chicago"),
    ("state", "GA", "America/New_York"),
    ("contract-organization", "ascellon-corporation", "America/New_York"),
    ("contract-organization", "certisurv", "America/New_York"),
    ("mac", "great-plains-claims-services", "America/Chicago"),
    ("ado", "summit-assessment-data", "America/Denver"),
    ("provider", "017032", "America/Chicago"),
    ("provider", "105442", "America/New_York"),
)
"""Where two officials more than the demonstration has make it likely that two decide at once."""


class Authority(NamedTuple):
    """Whose officials decide: the kind and id of an organization, or a national body, whose id is its kind."""

    kind: str
    id: str


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    user_id: str
    name: str
    email: str
    zone: str


@dataclass(frozen=True)
class Seat:
    """An official: a person who stands for an authority from the beginning."""

    authority: Authority
    person: Person


@dataclass(frozen=True)
class People:
    """Everybody: requesters by their category, which they must not leave, and officials, the first of each first."""

    requesters: Mapping[str, tuple[Person, ...]]
    seats: tuple[Seat, ...]
    newcomers: tuple[Seat, ...]
    """The officials whom the demonstration does not have."""

    def officials_of(self, authority: Authority) -> tuple[Person, ...]:
        """Returns who stands for the authority from the beginning."""
        return tuple(seat.person for seat in self.seats if seat.authority == authority)


def people_for(requests: int) -> People:
    """Returns as many people as a load of so many requests wants; the same number gives the same people."""
    names = [f"{first} {last}" for last, first in product(LAST_NAMES, FIRST_NAMES)]
    newcomers = tuple(
        Seat(Authority(kind, organization), _person(names.pop(), "officials", zone))
        for kind, organization, zone in MORE_OFFICIALS * 2
    )
    requesters = {}
    for category, share in CATEGORIES.items():
        wanted = max(4, requests * share // 100 // REQUESTS_EACH)
        requesters[category] = tuple(_person(names.pop(), category, "America/New_York") for _ in range(wanted))
    return People(requesters, (*_demonstrated(), *newcomers), newcomers)


def write(people: People, directory: Path) -> tuple[Path, Path]:
    """Writes whom the demonstration does not have as CSV files for `countersign`: accounts, officials. Returns both."""
    accounts, officials = directory / "faults-accounts.csv", directory / "faults-officials.csv"
    everybody = [seat.person for seat in people.newcomers]
    everybody += [person for group in people.requesters.values() for person in group]
    _write(
        accounts,
        ("user_id", "name", "email", "phone", "groups", "zone"),
        [(one.user_id, one.name, one.email, "202-555-0100", "", one.zone) for one in everybody],
    )
    _write(
        officials,
        ("authority_kind", "organization_id", "user_id", "name", "email", "phone", "time_zone"),
        [
            (*seat.authority, seat.person.user_id, seat.person.name, seat.person.email, "", seat.person.zone)
            for seat in people.newcomers
        ],
    )
    return accounts, officials


def _person(name: str, place: str, zone: str) -> Person:
    user_id = name.lower().replace(" ", ".")
    return Person(user_id, name, f"{user_id}@{place}.example", zone)


def _demonstrated() -> list[Seat]:
    with demonstration.OFFICIALS.open(newline="") as opened:
        return [
            Seat(
                Authority(row["authority_kind"], row["organization_id"]),
                Person(row["user_id"], row["name"], row["email"], row["time_zone"]),
            )
            for row in csv.DictReader(opened)
        ]


def _write(file: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with file.open("w", newline="") as opened:
        csv.writer(opened).writerows([header, *rows])
