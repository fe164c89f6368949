"""Time passed: what is due happens, each deadline once, however many beats run and however late they are."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from approval_svc import deadline_queries, queries
from approval_svc.domain.approvals import OPEN
from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.domain.overdue import Due, Sorted, sort_out
from approval_svc.tables import ApprovalRow, DeadlineRow
from approval_svc.use_cases import planning
from approval_svc.use_cases.escalate import escalate
from approval_svc.use_cases.expire import expire
from approval_svc.use_cases.planning import Outcome
from approval_svc.use_cases.reminding import announce_expiry, remind
from approval_svc.use_cases.tell_together import Due as Message
from approval_svc.use_cases.tell_together import tell_together
from approval_svc.use_cases.timing import Timing, timing_of

BATCH = 100
TRIED_AGAIN_AFTER = timedelta(minutes=15)

Telling = list[tuple[UUID, Message]]
"""What there is to tell, each with the correlation id of its request: together, once the whole batch is known."""

log = structlog.get_logger(__name__)


def fire_due(session: Session, at_most: timedelta, now: datetime) -> int:
    """Does what the earliest hundred due deadlines call for, and returns of how many requests these were.

    Requests that another beat, or an official, has in hand are left to the next tick. `at_most` is how long a link
    may work whatever the policy says. One request that cannot be handled does not hold up the others.
    """
    if not deadline_queries.is_anything_due(session, now):
        return 0
    # The directory before the request, as everywhere: escalation reads it.
    queries.hold_directory(session)
    claimed = deadline_queries.claim_due(session, now, BATCH)
    told = [each for request_id in claimed for each in _fire_or_put_aside(session, request_id, at_most, now)]
    tell_together(session, told, at_most, now)
    return len(claimed)


def _fire_or_put_aside(session: Session, request_id: UUID, at_most: timedelta, now: datetime) -> Telling:
    try:
        with session.begin_nested():
            return _fire_request(session, request_id, at_most, now)
    except Exception:
        log.exception("deadlines could not be handled", request_id=str(request_id))
        deadline_queries.put_aside(session, request_id, now, now + TRIED_AGAIN_AFTER)
        return []


def _fire_request(session: Session, request_id: UUID, at_most: timedelta, now: datetime) -> Telling:
    request, told = queries.lock_request(session, request_id), []
    for approval in request.approvals if request else []:
        rows = [row for row in deadline_queries.open_deadlines(session, approval) if row.due_at and row.due_at <= now]
        if rows and approval.state in OPEN:
            told += _fire(session, approval, rows, at_most, now)
    return told


def _fire(
    session: Session, approval: ApprovalRow, rows: Sequence[DeadlineRow], at_most: timedelta, now: datetime
) -> Telling:
    timing = timing_of(session, approval)
    found = {Due(kind=row.kind, step=row.step, due_at=row.due_at or now): row for row in rows}
    todo = sort_out(list(found))
    for due in todo.acting:
        found[due].fired_at, found[due].ended_at, found[due].outcome = now, now, Outcome.DONE
    for due in todo.overtaken:
        found[due].ended_at, found[due].outcome = now, Outcome.OVERTAKEN
    session.flush()
    told = _act(session, approval, todo, timing, at_most, now)
    return [(approval.request.correlation_id, message) for message in told]


def _act(
    session: Session, approval: ApprovalRow, todo: Sorted, timing: Timing, at_most: timedelta, now: datetime
) -> list[Message]:
    told: list[Message | None] = []
    steps = {kind: [due.step for due in todo.acting if due.kind is kind] for kind in DeadlineKind}
    if steps[DeadlineKind.ESCALATION]:
        told.append(escalate(session, approval, len(steps[DeadlineKind.ESCALATION]), timing, at_most, now))
    for number in steps[DeadlineKind.REMINDER]:
        told.append(remind(session, approval, number, timing, at_most, now))
    for _ in steps[DeadlineKind.EXPIRY_NOTICE]:
        planning.leave_time_for(session, approval, timing, now)
        told.append(announce_expiry(session, approval, timing, at_most, now))
    if steps[DeadlineKind.EXPIRY]:
        expire(session, approval, timing, now)
    elif steps[DeadlineKind.ESCALATION] or steps[DeadlineKind.EXPIRY_NOTICE]:
        planning.tell_plan(session, approval, now)
    return [message for message in told if message]
