"""The directory changed: open approvals go before whom routing names now."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from approval_svc import absence_queries, queries, review_queries
from approval_svc.domain.approvals import OPEN
from approval_svc.domain.routing import AuthorityId
from approval_svc.reference import UnknownRoleError
from approval_svc.tables import ApprovalRow
from approval_svc.use_cases.asking import Asked, put_before_officials
from approval_svc.use_cases.tell_asked import tell_asked
from approval_svc.use_cases.telling import note

log = structlog.get_logger(__name__)

BATCH = 100
ROLE_IS_GONE = "The catalog has no such role any more, so nobody can be asked."


def reroute_and_tell(
    session: Session,
    authorities: Iterable[AuthorityId],
    lifetime: timedelta,
    now: datetime,
    *,
    by_time: bool = False,
) -> None:
    """Routes again what these authorities have a say in, and tells whoever is newly asked: of several in one mail.

    The caller has locked the directory. `by_time`: nobody has just done it, so mail waits for the mail hours.
    """
    newly_asked: list[Asked] = []
    for authority in authorities:
        reroute(session, authority, lifetime, now, later=newly_asked)
    tell_asked(session, newly_asked, lifetime, now, at_once=not by_time)


def reroute(
    session: Session, authority: AuthorityId, lifetime: timedelta, now: datetime, *, later: list[Asked]
) -> None:
    """Routes again what this authority has, or could have, a say in: in place of absent officials of others, too.

    Reviews of roles under way are looked at again with the next tick. The caller has locked the directory. `later` is
    as for `put_before_officials`.
    """
    session.flush()
    review_queries.look_again(session, authority, now)
    found = {
        request
        for each in (authority, *absence_queries.relying_on(session, authority))
        for request in queries.requests_concerning(session, each)
    }
    _route_again(session, sorted(found), lifetime, now, later)


def reroute_unroutable(session: Session, lifetime: timedelta, now: datetime) -> int:
    """Routes again what nobody could decide: the net under the changes that route at once.

    A hundred approvals, those that were not looked at for longest; returns how many of them officials are asked about
    now. One request that cannot be handled does not hold up the others.
    """
    queries.hold_directory(session)
    newly_asked: list[Asked] = []
    for request_id in queries.claim_unroutable(session, now, BATCH):
        newly_asked += _route_or_leave(session, request_id, lifetime, now)
    tell_asked(session, newly_asked, lifetime, now, at_once=True)
    return len(newly_asked)


def _route_or_leave(session: Session, request_id: UUID, lifetime: timedelta, now: datetime) -> list[Asked]:
    newly_asked: list[Asked] = []
    try:
        with session.begin_nested():
            _route_again(session, [request_id], lifetime, now, newly_asked)
    except Exception:
        log.exception("what nobody could decide could not be routed", request_id=str(request_id))
        return []
    return newly_asked


def _route_again(
    session: Session, requests: Iterable[UUID], lifetime: timedelta, now: datetime, later: list[Asked]
) -> None:
    for request_id in requests:
        request = queries.lock_request(session, request_id)
        for approval in request.approvals if request else []:
            if approval.state in OPEN:
                _route_one(session, approval, lifetime, now, later)


def _route_one(session: Session, approval: ApprovalRow, lifetime: timedelta, now: datetime, later: list[Asked]) -> None:
    """Leaves what the catalog no longer knows as it is: one such request must not hold up all others."""
    try:
        put_before_officials(session, approval, lifetime, now, later=later)
    except UnknownRoleError:
        _note_once(session, approval, now)


def _note_once(session: Session, approval: ApprovalRow, now: datetime) -> None:
    said = queries.history_of(session, approval.request_id, approval.id)
    if any(line.text == ROLE_IS_GONE for line in said):
        return
    note(session, ROLE_IS_GONE, request_id=approval.request_id, approval_id=approval.id, now=now)
    log.warning("role is not in the catalog", request_id=str(approval.request_id), role=approval.request.role_id)
