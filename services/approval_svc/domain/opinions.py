"""Whether an official who was asked for an opinion may read the request and answer. Pure.

An opinion gives no say in the decision, and whoever is asked for one may do nothing else with the request.
"""

from dataclasses import dataclass
from datetime import datetime

from approval_svc.domain import links
from approval_svc.domain.approvals import Approval, State, Way
from approval_svc.domain.refusals import (
    AlreadyDecidedError,
    LinkExpiredError,
    OfficialRemovedError,
    OpinionGivenError,
    OwnRequestError,
    RefusedError,
    RequestExpiredError,
    RequestWithdrawnError,
    SignInRequiredError,
    SomebodyElseError,
)
from approval_svc.domain.routing import is_same


@dataclass(frozen=True, kw_only=True)
class Adviser:
    """The official who was asked what they think, and how they came.

    `has_moved`: mail to them goes to another address since the link was mailed, so that somebody else may hold it.
    """

    user_id: str
    email: str
    active: bool
    has_answered: bool
    has_moved: bool
    way: Way


def refusal(approval: Approval, adviser: Adviser, now: datetime) -> RefusedError | None:
    """Returns why the adviser may not answer now, or None when they may."""
    return _by_person(approval, adviser) or _by_way(approval, adviser, now) or _by_state(approval, adviser)


def _by_person(approval: Approval, adviser: Adviser) -> RefusedError | None:
    if adviser.way.signed_in_as is not None and not is_same(adviser.way.signed_in_as, adviser.user_id):
        return SomebodyElseError()
    if not adviser.active:
        return OfficialRemovedError()
    requester = approval.requester
    own = is_same(adviser.user_id, requester.user_id) or is_same(adviser.email, requester.email)
    return OwnRequestError() if own else None


def _by_way(approval: Approval, adviser: Adviser, now: datetime) -> RefusedError | None:
    ends = adviser.way.link_ends
    if ends is not None and (adviser.has_moved or links.is_over(ends, now)):
        return LinkExpiredError()
    return SignInRequiredError() if approval.needs_sign_in and adviser.way.signed_in_as is None else None


def _by_state(approval: Approval, adviser: Adviser) -> RefusedError | None:
    if adviser.has_answered:
        return OpinionGivenError()
    return _CLOSED[approval.state]() if approval.state in _CLOSED else None


_CLOSED: dict[State, type[RefusedError]] = {
    State.APPROVED: AlreadyDecidedError,
    State.REJECTED: AlreadyDecidedError,
    State.WITHDRAWN: RequestWithdrawnError,
    State.EXPIRED: RequestExpiredError,
}
