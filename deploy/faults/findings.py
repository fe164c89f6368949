"""What is wrong in the books, and the figures of a run."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Fault(StrEnum):
    """What can be wrong; the value is the name of its figure, or stands in the report."""

    LOST = "lost"
    DECIDED_TWICE = "decided_twice"
    MAIL_MISSING = "mails_missing"
    MAIL_REPEATED = "mails_repeated_without_a_reason"
    MAIL_NOT_OWED = "mails_not_owed"
    STATES_DIFFER = "states_differ"
    DECISION_DIFFERS = "decisions_differ"
    EFFECT_TWICE = "effects_twice"
    TALK_DIFFERS = "questions_and_handovers_that_differ"
    ABSENCE_DIFFERS = "absences_that_differ"
    ASKED_WHILE_ABSENT = "officials_asked_while_absent"
    OWN_REQUEST = "decisions_on_ones_own_request"
    NOT_ASKED = "officials_not_asked"
    GRANTS_DIFFER = "grants_differ"
    STRANGER = "requests_of_nobody"
    REFUSED = "requests_refused"
    NOT_ACCEPTED = "requests_not_accepted"
    UNDECIDED = "decisions_that_never_came"
    NO_OUTCOME_SEEN = "officials_without_an_outcome"
    PASSED_OVER = "officials_passed_over"
    POISON = "poison_not_once_in_dead_letters"
    NO_RENAMING = "officials_not_named_anew"
    DEAD_LETTER = "dead_letters_beside_the_poison"
    AUDIT = "audit_broken"
    NOT_QUIET = "not_quiet"


@dataclass(frozen=True)
class Difference:
    """One thing that is wrong; `request_id` is whose history explains it, where it is about one request."""

    fault: Fault
    what: str
    request_id: UUID | None = None


@dataclass
class Findings:
    """All that is wrong, and what may be but is worth telling."""

    differences: list[Difference] = field(default_factory=list)
    mails_repeated: int = 0
    """Mails that were accepted once more after a try that nobody knows the end of: the ledger says so of each."""
    mails_refused: int = 0
    """Mails that were owed, and refused for good by the mail server."""
    decided_for_others: int = 0
    """Decisions that somebody took in the place of an absent official."""
    poison: int = 0
    """Dead letters that hold what was put in as poison."""

    def add(self, fault: Fault, what: str, request_id: UUID | None = None) -> None:
        """Adds a difference."""
        self.differences.append(Difference(fault, what, request_id))

    def count(self, fault: Fault) -> int:
        """Returns how many differences are of this kind."""
        return sum(each.fault is fault for each in self.differences)

    def merge(self, other: "Findings") -> None:
        """Takes over what others found."""
        self.differences += other.differences
        self.mails_repeated += other.mails_repeated
        self.mails_refused += other.mails_refused
        self.decided_for_others += other.decided_for_others
        self.poison += other.poison
