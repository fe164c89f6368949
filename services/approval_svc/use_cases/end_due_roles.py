"""Time passed: roles that were given until now end, and holders are told of those that end soon."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from approval_svc import grant_queries
from approval_svc.tables import GrantRow, RoleEndRow
from approval_svc.use_cases.ordering_ends import Order, order_end
from approval_svc.use_cases.role_ends import mail_at, organization_of
from shared import audit
from shared.audit import Action
from shared.contracts import EndedBecause, Person, RoleEndsSoon
from shared.ids import new_id
from shared.messaging.outbox import publish

BATCH = 100
TRIED_AGAIN_AFTER = timedelta(minutes=15)

log = structlog.get_logger(__name__)


def end_due_roles(session: Session, now: datetime) -> int:
    """Does what is due to the hundred roles that wait longest, each thing once; returns to how many.

    Of notices that became due together, while no beat ran, the last one is given, and none when the role has ended. One
    role that cannot be handled does not hold up the others.
    """
    if not grant_queries.is_end_due(session, now):
        return 0
    claimed = grant_queries.claim_ending(session, now, BATCH)
    for grant_id in claimed:
        _act_or_put_aside(session, grant_id, now)
    return len(claimed)


def _act_or_put_aside(session: Session, grant_id: UUID, now: datetime) -> None:
    try:
        with session.begin_nested():
            _act(session, grant_id, now)
    except Exception:
        log.exception("the end of a role could not be handled", grant_id=str(grant_id))
        grant_queries.put_aside(session, grant_id, now, now + TRIED_AGAIN_AFTER)


def _act(session: Session, grant_id: UUID, now: datetime) -> None:
    grant = session.get_one(GrantRow, grant_id)
    due = [row for row in grant_queries.open_ends(session, grant_id) if row.due_at <= now]
    if not due:
        return
    last = _done(due, now)
    if last.days == 0:
        order_end(session, grant, Order(because=EndedBecause.ENDED, not_before=mail_at(session, grant, now)), now)
    elif grant.end_ordered_at is None:
        _announce(session, grant, now)


def _done(due: Sequence[RoleEndRow], now: datetime) -> RoleEndRow:
    """Ends what is due and returns the last of it, which is what happens."""
    for row in due:
        row.ended_at = now
    due[-1].fired_at = now
    return due[-1]


def _announce(session: Session, grant: GrantRow, now: datetime) -> None:
    if grant.ends_at is None:
        return
    days = max(1, round((grant.ends_at - now).total_seconds() / 86_400))
    correlation_id = grant_queries.correlation_of(session, grant) or new_id()
    after = {"ends_at": grant.ends_at, "days": days, "holder": grant.holder_user_id}
    subject = ("grant", grant.id)
    audit.record(session, Action.GRANT_END_ANNOUNCED, subject, now=now, after=after, correlation_id=correlation_id)
    message = RoleEndsSoon(
        grant_id=grant.id,
        holder=Person(user_id=grant.holder_user_id, name=grant.holder_name, email=grant.holder_email),
        role_name=grant.role_name,
        organization=organization_of(grant),
        ends_at=grant.ends_at,
        days=days,
        told_at=now,
        not_before=mail_at(session, grant, now),
    )
    publish(session, message, correlation_id=correlation_id, now=now)
