"""One approval: its states, who may decide it, and what ends it.

asked ⇄ unroutable, as the directory changes; from either to approved, rejected (from asked only), withdrawn or expired.
The last four are final.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from approval_svc.domain import links
from approval_svc.domain.assignment import Assignment
from approval_svc.domain.refusals import (
    AlreadyDecidedError,
    LinkExpiredError,
    NotAskedError,
    OfficialRemovedError,
    OwnRequestError,
    RefusedError,
    RequestExpiredError,
    RequestWithdrawnError,
    SignInRequiredError,
    SomebodyElseError,
)
from approval_svc.domain.routing import Requester, Routing, is_same


class State(StrEnum):
    """Where an approval stands."""

    ASKED = "asked"
    UNROUTABLE = "unroutable"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


OPEN = frozenset({State.ASKED, State.UNROUTABLE})
DECIDED = frozenset({State.APPROVED, State.REJECTED})


class Verdict(StrEnum):
    """What an official can decide."""

    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True)
class Way:
    """How somebody came to decide.

    `link_ends` is when the emailed link's time is over, None for somebody who came by sign-in alone; `signed_in_as`
    is the user id that their browser is signed in with, if any. `digest_made_at` is when the digest was made whose link
    it is, None for a link that was mailed for the one approval.
    """

    link_ends: datetime | None = None
    signed_in_as: str | None = None
    digest_made_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Decider:
    """The official who wants to decide.

    `newest_link_ends` is when the link that was mailed to them last ends; `oldest_link_ends` when the first one of
    those ends that may still be used, where a reminder brought a newer one; `asked_at` when they were asked, or asked
    anew, which ends whatever was mailed before.
    """

    official_id: UUID
    user_id: str
    email: str
    active: bool
    newest_link_ends: datetime
    way: Way
    oldest_link_ends: datetime | None = None
    asked_at: datetime | None = None

    def link_works(self, now: datetime) -> bool:
        """Whether the link works that they came by; True for those who came without one."""
        way = self.way
        if way.link_ends is None:
            return True
        if way.digest_made_at is None:
            return links.works(way.link_ends, self.newest_link_ends, now, self.oldest_link_ends)
        is_current = self.asked_at is not None and self.asked_at <= way.digest_made_at
        return is_current and not links.is_over(way.link_ends, now)


@dataclass(frozen=True, kw_only=True)
class Approval:
    """An approval as it stands; `asked` are the ids of the officials who may decide it now, `decided_by` who did.

    `level` is the place in the chain of authorities that escalation has reached, 0 when it has not begun.
    """

    state: State
    asked: frozenset[UUID]
    requester: Requester
    needs_sign_in: bool = False
    decided_by: UUID | None = None
    level: int = 0

    def routed(self, routing: Routing | Assignment) -> "Approval":
        """Returns the approval before whom the routing says; a closed one stays as it is."""
        if self.state not in OPEN:
            return self
        asked = frozenset(each.official_id for each in routing.asked(self.level))
        return replace(self, state=State.ASKED if asked else State.UNROUTABLE, asked=asked)

    def withdrawn(self) -> "Approval":
        """Returns the approval without anybody who may decide it; a decision that was made stands."""
        return replace(self, state=State.WITHDRAWN, asked=frozenset()) if self.state in OPEN else self

    def expired(self) -> "Approval":
        """Returns the approval as one on which nobody decided in time; a decision that was made stands."""
        return replace(self, state=State.EXPIRED, asked=frozenset()) if self.state in OPEN else self

    def decided(self, decider: Decider, verdict: Verdict, now: datetime) -> "Approval":
        """Returns the decided approval. Raises the RefusedError that `refusal` returns."""
        if refused := self.refusal(decider, now):
            raise refused
        return replace(self, state=State(verdict), asked=frozenset(), decided_by=decider.official_id)

    def refusal(self, decider: Decider, now: datetime) -> RefusedError | None:
        """Returns why the decider may not decide now, or None when they may."""
        return self._by_person(decider) or self._by_state(decider) or self._by_way(decider, now)

    def shows_talk(self, decider: Decider, now: datetime) -> bool:
        """Whether an approval that ended still shows them what officials said: as closely guarded as deciding was."""
        return self._by_person(decider) is None and self._by_way(decider, now) is None

    def _by_person(self, decider: Decider) -> RefusedError | None:
        if decider.way.signed_in_as is not None and decider.way.signed_in_as != decider.user_id:
            return SomebodyElseError()
        # Who decided, and was removed since, still finds the outcome behind the link that they used.
        return None if decider.active or decider.official_id == self.decided_by else OfficialRemovedError()

    def _by_state(self, decider: Decider) -> RefusedError | None:
        if self.state == State.WITHDRAWN:
            return RequestWithdrawnError()
        if self.state == State.EXPIRED:
            return RequestExpiredError()
        if self.state in DECIDED:
            return AlreadyDecidedError()
        if is_same(decider.user_id, self.requester.user_id) or is_same(decider.email, self.requester.email):
            return OwnRequestError()
        return None if decider.official_id in self.asked else NotAskedError()

    def _by_way(self, decider: Decider, now: datetime) -> RefusedError | None:
        if not decider.link_works(now):
            return LinkExpiredError()
        return SignInRequiredError() if self.needs_sign_in and decider.way.signed_in_as is None else None
