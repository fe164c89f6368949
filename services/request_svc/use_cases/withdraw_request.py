"""A person asks to take a pending request back. approval_svc says what came of it (`record_withdrawal`)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.domain.requests import Happening, check_withdrawal, lane
from request_svc.use_cases.timeline import note
from shared import audit
from shared.audit import Action
from shared.contracts import RequestWithdrawn
from shared.messaging.outbox import publish


def withdraw_request(
    session: Session, request_id: UUID, user_id: str, now: datetime, *, account_closed: bool = False
) -> None:
    """Notes that withdrawal was asked for and tells approval_svc, once; the request stays pending until it answers.

    `account_closed`: not the person asks, but their account was closed.

    Raises:
        RequestMissingError: the person has no such request.
        NotPendingError: it was decided or withdrawn before.
    """
    request = queries.lock_request(session, request_id, user_id)
    check_withdrawal(request.state)
    if request.withdrawal_asked_at is not None:
        return
    request.withdrawal_asked_at = now
    note(session, request.id, Happening.WITHDRAWAL_ASKED, now)
    audit.record(
        session,
        Action.REQUEST_WITHDRAWAL_ASKED,
        ("request", request.id),
        now=now,
        before={"withdrawal_asked_at": None},
        after={"withdrawal_asked_at": now},
        who=None if account_closed else audit.user(user_id),
        correlation_id=request.correlation_id,
    )
    message = RequestWithdrawn(request_id=request.id, withdrawn_at=now)
    own = lane(request.category_id, request.organizations)
    publish(session, message, correlation_id=request.correlation_id, now=now, lane=own)
