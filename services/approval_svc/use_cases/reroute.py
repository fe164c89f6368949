"""The directory changed: open approvals go before whom routing names now."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.domain.approvals import OPEN
from approval_svc.domain.routing import AuthorityId
from approval_svc.use_cases.asking import put_before_officials


def reroute(session: Session, authority: AuthorityId, lifetime: timedelta, now: datetime) -> None:
    """Routes again what this authority has, or could have, a say in. The caller has locked the directory."""
    session.flush()
    _route_again(session, queries.requests_concerning(session, authority), lifetime, now)


def reroute_unroutable(session: Session, lifetime: timedelta, now: datetime) -> None:
    """Routes again what nobody could decide: the net under the changes that route at once."""
    queries.hold_directory(session)
    _route_again(session, queries.requests_unroutable(session), lifetime, now)


def _route_again(session: Session, requests: Iterable[UUID], lifetime: timedelta, now: datetime) -> None:
    for request_id in requests:
        request = queries.lock_request(session, request_id)
        for approval in request.approvals if request else []:
            if approval.state in OPEN:
                put_before_officials(session, approval, lifetime, now)
