"""Which message starts which use case, and what the beat does."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from approval_svc.settings import link_lifetime
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.follow_removal import follow_removal
from approval_svc.use_cases.mark_unreachable import mark_unreachable
from approval_svc.use_cases.record_delivery import record_delivery
from approval_svc.use_cases.reroute import reroute_unroutable
from approval_svc.use_cases.route_request import route_request
from approval_svc.use_cases.withdraw import withdraw
from shared.beat import Tick
from shared.contracts import NoticeFailed, NoticeSent, RequestWithdrawn, RoleGranted, RoleRemoved, RoleRequested
from shared.messaging.envelope import Envelope
from shared.messaging.inbox import Handler


def _requested(session: Session, message: RoleRequested, envelope: Envelope, now: datetime) -> None:
    route_request(session, message, correlation_id=envelope.correlation_id, lifetime=link_lifetime(), now=now)


def _withdrawn(session: Session, message: RequestWithdrawn, _envelope: Envelope, now: datetime) -> None:
    withdraw(session, message, now)


def _granted(session: Session, message: RoleGranted, _envelope: Envelope, now: datetime) -> None:
    follow_grant(session, message, link_lifetime(), now)


def _removed(session: Session, message: RoleRemoved, _envelope: Envelope, now: datetime) -> None:
    follow_removal(session, message, link_lifetime(), now)


def _sent(session: Session, message: NoticeSent, _envelope: Envelope, _now: datetime) -> None:
    record_delivery(session, message)


def _failed(session: Session, message: NoticeFailed, _envelope: Envelope, now: datetime) -> None:
    mark_unreachable(session, message, link_lifetime(), now)


def _route_unroutable(session: Session, now: datetime) -> None:
    reroute_unroutable(session, link_lifetime(), now)


HANDLERS: dict[str, Handler] = {
    "RoleRequested": _requested,
    "RequestWithdrawn": _withdrawn,
    "RoleGranted": _granted,
    "RoleRemoved": _removed,
    "NoticeSent": _sent,
    "NoticeFailed": _failed,
}

SCHEDULE = (Tick("route what nobody could decide", timedelta(minutes=1), _route_unroutable),)
