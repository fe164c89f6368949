"""Waiting for the requester: meanwhile the clock of an approval stands still."""

from datetime import datetime

from sqlalchemy.orm import Session

from approval_svc import deadline_queries
from approval_svc.tables import ApprovalRow
from approval_svc.use_cases import planning
from approval_svc.use_cases.timing import timing_of
from shared import audit
from shared.audit import Action


def rest(session: Session, approval: ApprovalRow, now: datetime, who: str | None = None) -> None:
    """Stops the clock: nothing becomes due until `resume`. The caller holds the request.

    `who` stops it, as the audit names them. An expiry that was put off so that it could be announced stays put off when
    the clock goes on.
    """
    if approval.resting_since is not None or approval.clock_from is None:
        return
    approval.rested += planning.put_off_by(session, approval, timing_of(session, approval))
    approval.resting_since = now
    for row in deadline_queries.open_deadlines(session, approval):
        row.due_at = None
    _audit(session, approval, now, {"resting_since": None}, {"resting_since": now}, who)
    session.flush()
    planning.tell_plan(session, approval, now)


def resume(session: Session, approval: ApprovalRow, now: datetime) -> None:
    """Lets the clock go on: each deadline is later by the business days that it stood still.

    What the night had held back when it stopped is due now. Only an expiry is not, so that the officials can decide on
    the answer: it is put off by as much as its last notice comes before it. The caller holds the request.
    """
    since, timing = approval.resting_since, timing_of(session, approval)
    if since is None:
        return
    approval.resting_since = None
    approval.rested += timing.calendar.elapsed(since, now)
    planning.replan(session, approval, timing, now)
    planning.leave_time_for(session, approval, timing, now)
    _audit(session, approval, now, {"resting_since": since}, {"resting_since": None})
    planning.tell_plan(session, approval, now)


def _audit(
    session: Session,
    approval: ApprovalRow,
    now: datetime,
    before: dict[str, object],
    after: dict[str, object],
    who: str | None = None,
) -> None:
    audit.record(
        session,
        Action.APPROVAL_CLOCK_RESTED if approval.resting_since else Action.APPROVAL_CLOCK_RESUMED,
        ("approval", approval.id),
        now=now,
        before=before,
        after={"request": approval.request_id} | after,
        who=who,
        correlation_id=approval.request.correlation_id,
    )
