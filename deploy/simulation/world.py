"""Who there is: organizations in six time zones, their officials, and the two national authorities."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from shared.catalog import the_catalog
from shared.contracts import Organization, SurveyFor

ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
)
LISTED = ("state", "contract-organization", "mac", "ado")
NATIONAL = {"cms": 3, "help-desk": 2}
"""How many officials each has."""
ROLES: Mapping[str, tuple[tuple[str, str, SurveyFor | None], ...]] = {
    "state": (
        ("state-agency", "state-agency-sc-general-user", None),
        ("state-agency", "mds-extract-data-api-access", None),
        ("contractor", "contract-surveyor", SurveyFor.STATE),
    ),
    "contract-organization": (("contractor", "contract-surveyor", SurveyFor.CMS),),
    "mac": (("contractor", "mac-reports", None),),
    "ado": (("contractor", "clia-billing-contractor", None),),
    "provider": (("provider", "assessment-submitter", None), ("provider", "provider-assessment-viewer", None)),
    "cms": (("cms", "cms-general-user", None),),
}
"""What is asked for at each kind of organization: category, role, and what to survey for."""


@dataclass(frozen=True)
class Someone:
    """An official; `authorities` are (kind, id), mostly one. `mails` is how they want to be mailed."""

    user_id: str
    zone: str
    authorities: tuple[tuple[str, str], ...]
    mails: str

    @property
    def email(self) -> str:
        """Their address."""
        return f"{self.user_id}@officials.example"


@dataclass(frozen=True)
class World:
    """Everybody and every place."""

    organizations: tuple[Organization, ...]
    officials: tuple[Someone, ...]

    def officials_of(self, kind: str, identifier: str) -> list[Someone]:
        """Returns who stands for an authority."""
        return [each for each in self.officials if (kind, identifier) in each.authorities]


def make_world(random: Random, organizations: int) -> World:
    """Returns a world with that many organizations, as many in each time zone."""
    places = [place for zone in ZONES for place in _places(zone, -(-organizations // len(ZONES)))][:organizations]
    return World(tuple(places), tuple(_officials(random, places)))


def _places(zone: str, wanted: int) -> list[Organization]:
    """Returns organizations of the catalog in the zone, of each kind some, and for the rest providers."""
    found = [
        Organization(kind=kind, id=each.id, name=each.name, time_zone=zone)
        for kind in LISTED
        for each in [each for each in the_catalog().organizations_of(kind) if each.time_zone == zone][: wanted // 4]
    ]
    number = ZONES.index(zone) + 1
    for each in range(wanted - len(found)):
        ccn = f"{number:02}9{each:03}"
        found.append(Organization(kind="provider", id=ccn, name=f"Care Center {ccn}", time_zone=zone))
    return found


def _officials(random: Random, places: Sequence[Organization]) -> Iterator[Someone]:
    for place in places:
        for number in range(random.choice((2, 2, 3, 4))):
            authorities = [(place.kind, place.id)]
            if random.random() < 0.1:
                other = random.choice(places)
                authorities.append((other.kind, other.id))
            yield _someone(
                random, f"{place.id}.{number}", place.time_zone or ZONES[0], tuple(dict.fromkeys(authorities))
            )
    for kind, often in NATIONAL.items():
        for number in range(often):
            yield _someone(random, f"{kind}.{number}", ZONES[0], ((kind, kind),))


def _someone(random: Random, user_id: str, zone: str, authorities: tuple[tuple[str, str], ...]) -> Someone:
    mails = random.choices(("immediate", "digest", "both"), weights=(6, 2, 2))[0]
    return Someone(user_id.lower(), zone, authorities, mails)
