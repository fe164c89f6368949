"""The life of a request and of its parts, one part for each decision that it needs.

pending ──every part decided──▶ decided
pending ──requester──▶ withdrawn (parts that were decided before stay decided)
"""

from collections.abc import Iterable
from enum import StrEnum

from request_svc.domain.refusals import NotPendingError


class RequestState(StrEnum):
    """What became of a request."""

    PENDING = "pending"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


class PartState(StrEnum):
    """What became of one decision."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Happening(StrEnum):
    """What the timeline of a request tells; web/templates/timeline.html has the words for each."""

    SUBMITTED = "submitted"
    ROUTED = "routed"
    UNROUTABLE = "unroutable"
    APPROVED = "approved"
    REJECTED = "rejected"
    LATE_APPROVED = "late-approved"
    LATE_REJECTED = "late-rejected"
    WITHDRAWN = "withdrawn"
    DISCIPLINES = "disciplines"
    REMOVED = "removed"


class DecisionEffect(StrEnum):
    """What a decision that arrives does."""

    APPLY = "apply"
    SEEN = "seen"
    TOO_LATE = "too late"


def effect_of_decision(part: PartState) -> DecisionEffect:
    """Returns what a decision does to a part: the first one stands, none revives a withdrawn part."""
    if part is PartState.PENDING:
        return DecisionEffect.APPLY
    return DecisionEffect.TOO_LATE if part is PartState.WITHDRAWN else DecisionEffect.SEEN


def state_after_decision(request: RequestState, parts: Iterable[PartState]) -> RequestState:
    """Returns the request's state once a part was decided: it is decided with its last part."""
    if request is RequestState.PENDING and PartState.PENDING not in set(parts):
        return RequestState.DECIDED
    return request


def check_withdrawal(request: RequestState) -> None:
    """Raises NotPendingError when the request was decided or withdrawn before."""
    if request is not RequestState.PENDING:
        raise NotPendingError(request.value)
