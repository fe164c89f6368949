"""One approval: its states, who may decide it, and what ends it.

asked ⇄ unroutable, as the directory changes; from either to approved, rejected (from asked only) or withdrawn.
The last three are final.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from approval_svc.domain import links
from approval_svc.domain.refusals import (
    AlreadyDecidedError,
    LinkExpiredError,
    NotAskedError,
    OfficialRemovedError,
    OwnRequestError,
    RefusedError,
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
    is the user id that their browser is signed in with, if any.
    """

    link_ends: datetime | None = None
    signed_in_as: str | None = None


@dataclass(frozen=True, kw_only=True)
class Decider:
    """The official who wants to decide. `newest_link_ends` is when the link that was mailed to them last ends."""

    official_id: UUID
    user_id: str
    email: str
    active: bool
    newest_link_ends: datetime
    way: Way


@dataclass(frozen=True, kw_only=True)
class Approval:
    """An approval as it stands; `asked` are the ids of the officials who may decide it now, `decided_by` who did."""

    state: State
    asked: frozenset[UUID]
    requester: Requester
    needs_sign_in: bool = False
    decided_by: UUID | None = None

    def routed(self, routing: Routing) -> "Approval":
        """Returns the approval before whom the routing says; a closed one stays as it is."""
        if self.state not in OPEN:
            return self
        step = routing.decided_by
        if step is None:
            return replace(self, state=State.UNROUTABLE, asked=frozenset())
        return replace(self, state=State.ASKED, asked=frozenset(each.official_id for each in step.eligible))

    def withdrawn(self) -> "Approval":
        """Returns the approval without anybody who may decide it; a decision that was made stands."""
        return replace(self, state=State.WITHDRAWN, asked=frozenset()) if self.state in OPEN else self

    def decided(self, decider: Decider, verdict: Verdict, now: datetime) -> "Approval":
        """Returns the decided approval. Raises the RefusedError that `refusal` returns."""
        if refused := self.refusal(decider, now):
            raise refused
        return replace(self, state=State(verdict), asked=frozenset(), decided_by=decider.official_id)

    def refusal(self, decider: Decider, now: datetime) -> RefusedError | None:
        """Returns why the decider may not decide now, or None when they may."""
        return self._by_person(decider) or self._by_state(decider) or self._by_way(decider, now)

    def _by_person(self, decider: Decider) -> RefusedError | None:
        if decider.way.signed_in_as is not None and decider.way.signed_in_as != decider.user_id:
            return SomebodyElseError()
        # Who decided, and was removed since, still finds the outcome behind the link that they used.
        return None if decider.active or decider.official_id == self.decided_by else OfficialRemovedError()

    def _by_state(self, decider: Decider) -> RefusedError | None:
        if self.state == State.WITHDRAWN:
            return RequestWithdrawnError()
        if self.state in DECIDED:
            return AlreadyDecidedError()
        if is_same(decider.user_id, self.requester.user_id) or is_same(decider.email, self.requester.email):
            return OwnRequestError()
        return None if decider.official_id in self.asked else NotAskedError()

    def _by_way(self, decider: Decider, now: datetime) -> RefusedError | None:
        if decider.way.link_ends is not None and not links.works(decider.way.link_ends, decider.newest_link_ends, now):
            return LinkExpiredError()
        return SignInRequiredError() if self.needs_sign_in and decider.way.signed_in_as is None else None
