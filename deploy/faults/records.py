"""What those who used the system saw of it: the client's own books."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from deploy.faults.script import Ask, Away, Part

OUTCOME = re.compile(r"This request was withdrawn|.+ (approved|rejected) this request")
NOT_YOURS = (
    "You no longer decide this request",
    "This request is not waiting for you",
    "You handed this request over",
    "You are absent",
)
"""Plain refusals: the request went to others."""


class Seen(StrEnum):
    """What a person saw become of a form that they sent."""

    NOTHING = "not sent"
    UNSURE = "sent without an answer"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNEXPECTED = "answered with a page that tells nothing"


@dataclass
class Attempt:
    """An official's try to decide. `heading` is that of the page that came of it, empty when none came."""

    part: Part
    user_id: str
    approves: bool
    at: float
    heading: str = ""

    @property
    def is_theirs(self) -> bool:
        """Whether the page told the official that the decision is theirs."""
        return self.heading in ("You approved this request", "You rejected this request")

    @property
    def had_no_answer(self) -> bool:
        """Whether no page came at all, until the person went home."""
        return not self.heading

    @property
    def saw_outcome(self) -> bool:
        """Whether the page told what became of the request."""
        return OUTCOME.fullmatch(self.heading) is not None

    @property
    def is_settled(self) -> bool:
        """Whether the page told an outcome, or plainly that others decide: nobody tries any further then."""
        return self.saw_outcome or self.heading in NOT_YOURS


class DeedKind(StrEnum):
    """What people do about a request besides deciding."""

    QUESTION = "asked the requester"
    ANSWER = "answered"
    HANDED = "handed over"


@dataclass
class Deed:
    """Something besides a decision that somebody did about a part."""

    kind: DeedKind
    part: Part
    seen: Seen = Seen.NOTHING


@dataclass
class Record:
    """One request as its requester and the officials saw it. `draft_id` is the key under which it was submitted."""

    ask: Ask
    draft_id: str | None = None
    submitted: Seen = Seen.NOTHING
    withdrawn: Seen = Seen.NOTHING
    attempts: list[Attempt] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What else was seen, oldest first, in words."""


@dataclass
class Leave:
    """An absence as the official saw it: entered, and cancelled (`back`). `path` is where it is to be changed."""

    away: Away
    seen: Seen = Seen.NOTHING
    back: Seen = Seen.NOTHING
    path: str | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def is_away(self) -> bool:
        """Whether they take themselves for absent."""
        return self.seen in (Seen.ACCEPTED, Seen.UNSURE) and self.back is Seen.NOTHING
