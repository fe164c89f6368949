"""What an official fills in when deciding, and what of it is acceptable."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from approval_svc.domain.approvals import Verdict
from approval_svc.domain.refusals import UnusableChoiceError

OTHER = "other"
REASONS: Mapping[str, str] = {
    "not-of-organization": "The person does not work for this organization.",
    "not-needed": "The person's work does not need this role.",
    "other-role": "Another role fits the person's work better.",
    "other-organization": "The request names the wrong organization.",
    "incomplete": "Something in the request is missing or wrong.",
    "not-verified": "The person's identity could not be verified.",
    "has-access": "The person already has this access.",
    OTHER: "Another reason, given in the comment.",
}
"""Reasons to reject, by id: sentences that the requester reads too."""

LONGEST_COMMENT = 1000


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A decision with all that goes with it; disciplines and privileges are catalog ids.

    `until` is the last day of a role that is given for a time, by the organization's calendar.
    """

    verdict: Verdict
    reason: str | None = None
    comment: str | None = None
    disciplines: tuple[str, ...] = ()
    extra_privileges: tuple[str, ...] = ()
    until: date | None = None


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What the official may give along with the role."""

    disciplines: frozenset[str] = frozenset()
    privileges: frozenset[str] = frozenset()


def check(choice: Choice, offer: Offer) -> None:
    """Raises UnusableChoiceError, naming the field, for a choice that cannot be taken."""
    _check_comment(choice)
    if choice.verdict == Verdict.REJECTED:
        _check_rejection(choice)
    else:
        _check_approval(choice, offer)


def _check_comment(choice: Choice) -> None:
    if len(choice.comment or "") > LONGEST_COMMENT:
        raise UnusableChoiceError("comment", f"Shorten the comment to {LONGEST_COMMENT} characters or fewer")


def _check_rejection(choice: Choice) -> None:
    if choice.reason not in REASONS:
        raise UnusableChoiceError("reason", "Select a reason for rejecting the request")
    if choice.reason == OTHER and not choice.comment:
        raise UnusableChoiceError("comment", "Enter a comment that gives the reason")
    if choice.disciplines or choice.extra_privileges:
        raise UnusableChoiceError("reason", "A rejected request gives no disciplines and no privileges")


def _check_approval(choice: Choice, offer: Offer) -> None:
    if not offer.disciplines.issuperset(choice.disciplines):
        raise UnusableChoiceError("disciplines", "Select only disciplines from the list")
    if not offer.privileges.issuperset(choice.extra_privileges):
        raise UnusableChoiceError("extra_privileges", "Select only privileges from the list")
