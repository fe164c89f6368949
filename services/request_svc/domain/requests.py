"""The life of a request and of its parts, one part for each decision that it needs.

approval_svc alone says how a part ends: approved, rejected, withdrawn or expired. Asking for withdrawal changes no
state here, because a decision may have been made that has not arrived; the request stays pending until the last part
has ended.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from request_svc.domain.refusals import NothingToNudgeError, NotPendingError, NudgeTooEarlyError


class RequestState(StrEnum):
    """What became of a request."""

    PENDING = "pending"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class PartState(StrEnum):
    """What became of one decision."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Happening(StrEnum):
    """What the timeline of a request tells; web/templates/timeline.html has the words for each."""

    SUBMITTED = "submitted"
    ROUTED = "routed"
    UNROUTABLE = "unroutable"
    ESCALATED = "escalated"
    NUDGED = "nudged"
    QUESTION = "question"
    ANSWERED = "answered"
    CORRECTED = "corrected"
    HANDED_OVER = "handed-over"
    COMMENTED = "commented"
    EXPIRED = "expired"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWAL_ASKED = "withdrawal-asked"
    WITHDRAWN = "withdrawn"
    DISCIPLINES = "disciplines"
    REMOVED = "removed"
    REVOKED = "revoked"
    GIVEN_BACK = "given-back"
    ENDED = "ended"
    INACTIVE = "inactive"
    REVIEW = "review"
    ACCOUNT_CLOSED = "account-closed"


def state_of_request(parts: Iterable[PartState]) -> RequestState:
    """Returns what became of a request: withdrawn when any part ended so, pending while one has not ended.

    It is expired when nobody decided on any part in time.
    """
    ends = set(parts)
    if PartState.PENDING in ends:
        return RequestState.PENDING
    if PartState.WITHDRAWN in ends:
        return RequestState.WITHDRAWN
    return RequestState.EXPIRED if ends == {PartState.EXPIRED} else RequestState.DECIDED


def lane(category_id: str, organizations: Sequence[Mapping[str, str]]) -> str:
    """Returns whose request it is where many wait: the first organization's, or the category's where there is none."""
    if not organizations:
        return category_id
    return f"{organizations[0]['kind']}:{organizations[0]['id']}"


def check_withdrawal(request: RequestState) -> None:
    """Raises NotPendingError when the request was decided or withdrawn before."""
    if request is not RequestState.PENDING:
        raise NotPendingError(request.value)


def check_nudge(possible_from: Iterable[datetime | None], now: datetime) -> None:
    """Raises when nobody can be reminded now; `possible_from` is for each part that waits, None: not foreseen.

    Raises:
        NudgeTooEarlyError: they can be later, and it says from when.
        NothingToNudgeError: nobody is asked, the clock rests, or they are being reminded already.
    """
    foreseen = [instant for instant in possible_from if instant is not None]
    if not foreseen:
        raise NothingToNudgeError
    if min(foreseen) > now:
        raise NudgeTooEarlyError(min(foreseen))
