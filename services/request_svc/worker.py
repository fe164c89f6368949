"""What each message sets going in request_svc, and what its relay looks after."""

from datetime import datetime

from sqlalchemy.orm import Session

from request_svc.use_cases.close_request import close_request
from request_svc.use_cases.record_decision import record_decision
from request_svc.use_cases.record_routing import record_routing
from request_svc.use_cases.record_unroutable import record_unroutable
from request_svc.use_cases.trim_drafts import trim_drafts
from shared.contracts import ApprovalDecided, ApprovalRequested, ApprovalUnroutable, RequestDecided
from shared.messaging.envelope import Envelope
from shared.messaging.inbox import Handler
from shared.messaging.relay import Sweep


def on_approval_requested(session: Session, message: ApprovalRequested, _envelope: Envelope, now: datetime) -> None:
    """Officials were asked."""
    record_routing(session, message, now)


def on_approval_unroutable(session: Session, message: ApprovalUnroutable, _envelope: Envelope, now: datetime) -> None:
    """Nobody can be asked now."""
    record_unroutable(session, message, now)


def on_approval_decided(session: Session, message: ApprovalDecided, _envelope: Envelope, now: datetime) -> None:
    """One organization decided."""
    record_decision(session, message, now)


def on_request_decided(session: Session, message: RequestDecided, _envelope: Envelope, now: datetime) -> None:
    """All decided."""
    close_request(session, message, now)


HANDLERS: dict[str, Handler] = {
    ApprovalRequested.type(): on_approval_requested,
    ApprovalUnroutable.type(): on_approval_unroutable,
    ApprovalDecided.type(): on_approval_decided,
    RequestDecided.type(): on_request_decided,
}

SWEEPS: tuple[Sweep, ...] = (trim_drafts,)
