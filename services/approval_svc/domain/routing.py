"""Who decides: a pure function of the rule, the organizations, the directory of officials and the requester.

Every authority of the chain is looked at, also those above the one that decides, so that the result explains itself:
who could decide, who was passed over, and why.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

NATIONAL = frozenset({"cms", "help-desk"})
"""Authorities that stand for no organization; their id is their kind."""


class PassedOver(StrEnum):
    """Why an official of an authority is not asked. The value is read after the official's name."""

    IS_REQUESTER = "is the requester, and nobody decides on their own request"
    SAME_EMAIL = "has the same email address as the requester"
    REMOVED = "is no longer a Security Official here"
    UNREACHABLE = "cannot be reached: mail to the address is refused"
    AWAY = "is absent, and a substitute acts for them"
    AWAY_ALONE = "is absent, and nobody can act for them"


@dataclass(frozen=True, kw_only=True)
class AuthorityId:
    """The officials of one organization (kind and id are the organization's), or a national body."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


@dataclass(frozen=True, kw_only=True)
class OrganizationId:
    """An organization that a request names."""

    kind: str
    id: str


@dataclass(frozen=True, kw_only=True)
class Requester:
    """The person who asks for the role."""

    user_id: str
    email: str


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An official as the directory has them; the same person may stand for several authorities."""

    official_id: UUID
    authority: AuthorityId
    user_id: str
    email: str
    active: bool = True
    reachable: bool = True


@dataclass(frozen=True, kw_only=True)
class Step:
    """One authority of the chain: who of it may decide, and who was passed over."""

    authority: AuthorityId
    eligible: tuple[Candidate, ...]
    passed_over: tuple[tuple[Candidate, PassedOver], ...]


@dataclass(frozen=True, kw_only=True)
class Routing:
    """Where one approval goes: the whole chain, from the organization's own authority up."""

    organization: OrganizationId | None
    steps: tuple[Step, ...]

    @property
    def decided_by(self) -> Step | None:
        """The first authority that has somebody eligible; None: the approval is unroutable."""
        return next((step for step in self.steps if step.eligible), None)

    def asked(self, level: int) -> tuple[Candidate, ...]:
        """Returns who is asked when escalation has reached that place of the chain (0: it has not begun).

        These are the eligible of every authority up to it, or of the first that has any; each person once.
        """
        found: dict[str, Candidate] = {}
        for step in self.steps[: self.reached(level) + 1]:
            for candidate in step.eligible:
                found.setdefault(candidate.user_id.strip().casefold(), candidate)
        return tuple(found.values())

    def above(self, level: int) -> int | None:
        """Returns the next place of the chain where somebody may decide who is not asked yet; None at its end."""
        known = len(self.asked(level))
        higher = range(self.reached(level) + 1, len(self.steps))
        return next((place for place in higher if len(self.asked(place)) > known), None)

    def reached(self, level: int) -> int:
        """Returns the place of the last authority that is asked; the first that has anybody counts as reached."""
        first = next((place for place, step in enumerate(self.steps) if step.eligible), 0)
        return max(first, min(level, len(self.steps) - 1))


def parts(chain: Sequence[str], organizations: Iterable[OrganizationId]) -> tuple[OrganizationId | None, ...]:
    """Returns the organizations that are decided on apart, or (None,) when the request is decided on as a whole.

    There is one approval for each; `chain` is as for `route`, `organizations` are all that the request names.
    A Contract Surveyor for a State names the state and contract organizations: the state's officials decide, once.
    """
    distinct = tuple(dict.fromkeys(organizations))
    decided = distinct if chain[0] in NATIONAL else tuple(each for each in distinct if each.kind == chain[0])
    return decided or (None,)


def route(
    chain: Sequence[str], organization: OrganizationId | None, directory: Sequence[Candidate], requester: Requester
) -> Routing:
    """Returns where the approval for one organization goes, or a national one.

    `chain` has kinds of authority, the deciding one first, then each next one up.
    """
    steps = tuple(_step(authority, directory, requester) for authority in authorities(chain, organization))
    return Routing(organization=organization, steps=steps)


def authorities(chain: Sequence[str], organization: OrganizationId | None) -> tuple[AuthorityId, ...]:
    """Returns the authorities that are asked in turn; those of other kinds of organization have no part in it."""
    return tuple(
        AuthorityId(kind=kind, id=kind if kind in NATIONAL or organization is None else organization.id)
        for kind in chain
        if kind in NATIONAL or (organization is not None and organization.kind == kind)
    )


def why_passed_over(candidate: Candidate, requester: Requester) -> PassedOver | None:
    """Returns why the official may not decide for this requester, or None when they may."""
    if is_same(candidate.user_id, requester.user_id):
        return PassedOver.IS_REQUESTER
    if is_same(candidate.email, requester.email):
        return PassedOver.SAME_EMAIL
    if not candidate.active:
        return PassedOver.REMOVED
    return None if candidate.reachable else PassedOver.UNREACHABLE


def is_same(one: str, other: str) -> bool:
    """Whether two user ids or addresses are the same to a person: capitals and outer blanks do not count."""
    return bool(one.strip()) and one.strip().casefold() == other.strip().casefold()


def _step(authority: AuthorityId, directory: Sequence[Candidate], requester: Requester) -> Step:
    judged = [(each, why_passed_over(each, requester)) for each in directory if each.authority == authority]
    return Step(
        authority=authority,
        eligible=tuple(candidate for candidate, reason in judged if reason is None),
        passed_over=tuple((candidate, reason) for candidate, reason in judged if reason is not None),
    )
