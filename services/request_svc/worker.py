"""Which message leads to which use case, and what the relay looks after."""

from datetime import datetime

from sqlalchemy.orm import Session

from request_svc.use_cases.close_account import close_account
from request_svc.use_cases.close_request import close_request
from request_svc.use_cases.end_ordered_role import end_ordered_role
from request_svc.use_cases.record_comment import record_comment
from request_svc.use_cases.record_deadlines import record_deadlines
from request_svc.use_cases.record_decision import record_decision
from request_svc.use_cases.record_escalation import record_escalation
from request_svc.use_cases.record_expiry import record_expiry
from request_svc.use_cases.record_question import record_question
from request_svc.use_cases.record_reassignment import record_reassignment
from request_svc.use_cases.record_routing import record_routing
from request_svc.use_cases.record_unroutable import record_unroutable
from request_svc.use_cases.record_withdrawal import record_withdrawal
from request_svc.use_cases.trim_drafts import trim_drafts
from shared.contracts import (
    AccountClosed,
    ApprovalDecided,
    ApprovalEscalated,
    ApprovalExpired,
    ApprovalReassigned,
    ApprovalRequested,
    ApprovalUnroutable,
    ApprovalWithdrawn,
    CommentMade,
    DeadlinesPlanned,
    InformationAsked,
    RequestDecided,
    RoleEndOrdered,
)
from shared.messaging.envelope import Envelope
from shared.messaging.inbox import Handler
from shared.messaging.relay import Sweep


def _on_approval_requested(session: Session, message: ApprovalRequested, _envelope: Envelope, _now: datetime) -> None:
    record_routing(session, message)


def _on_approval_unroutable(session: Session, message: ApprovalUnroutable, _envelope: Envelope, _now: datetime) -> None:
    record_unroutable(session, message)


def _on_approval_decided(session: Session, message: ApprovalDecided, _envelope: Envelope, now: datetime) -> None:
    record_decision(session, message, now)


def _on_approval_withdrawn(session: Session, message: ApprovalWithdrawn, _envelope: Envelope, _now: datetime) -> None:
    record_withdrawal(session, message)


def _on_approval_escalated(session: Session, message: ApprovalEscalated, _envelope: Envelope, _now: datetime) -> None:
    record_escalation(session, message)


def _on_approval_reassigned(session: Session, message: ApprovalReassigned, _envelope: Envelope, _now: datetime) -> None:
    record_reassignment(session, message)


def _on_comment_made(session: Session, message: CommentMade, _envelope: Envelope, _now: datetime) -> None:
    record_comment(session, message)


def _on_deadlines_planned(session: Session, message: DeadlinesPlanned, _envelope: Envelope, _now: datetime) -> None:
    record_deadlines(session, message)


def _on_information_asked(session: Session, message: InformationAsked, _envelope: Envelope, _now: datetime) -> None:
    record_question(session, message)


def _on_approval_expired(session: Session, message: ApprovalExpired, _envelope: Envelope, _now: datetime) -> None:
    record_expiry(session, message)


def _on_request_decided(session: Session, message: RequestDecided, _envelope: Envelope, now: datetime) -> None:
    close_request(session, message, now)


def _on_role_end_ordered(session: Session, message: RoleEndOrdered, _envelope: Envelope, now: datetime) -> None:
    end_ordered_role(session, message, now)


def _on_account_closed(session: Session, message: AccountClosed, _envelope: Envelope, now: datetime) -> None:
    close_account(session, message, now)


HANDLERS: dict[str, Handler] = {
    ApprovalRequested.type(): _on_approval_requested,
    ApprovalUnroutable.type(): _on_approval_unroutable,
    ApprovalDecided.type(): _on_approval_decided,
    ApprovalWithdrawn.type(): _on_approval_withdrawn,
    ApprovalEscalated.type(): _on_approval_escalated,
    ApprovalReassigned.type(): _on_approval_reassigned,
    CommentMade.type(): _on_comment_made,
    DeadlinesPlanned.type(): _on_deadlines_planned,
    InformationAsked.type(): _on_information_asked,
    ApprovalExpired.type(): _on_approval_expired,
    RequestDecided.type(): _on_request_decided,
    RoleEndOrdered.type(): _on_role_end_ordered,
    AccountClosed.type(): _on_account_closed,
}

SWEEPS: tuple[Sweep, ...] = (trim_drafts,)
