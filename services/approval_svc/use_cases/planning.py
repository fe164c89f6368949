"""The deadlines of an approval: set when it is first asked, moved with its clock and the policy, ended with it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import update
from sqlalchemy.orm import Session

from approval_svc import deadline_queries
from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.domain.questions import QuestionState
from approval_svc.tables import ApprovalRow, DeadlineRow
from approval_svc.use_cases import ending_questions, telling
from approval_svc.use_cases.timing import Timing, assignment_if_known, timing_of
from shared.contracts import DeadlinesPlanned
from shared.ids import new_id
from shared.messaging.outbox import publish


class Outcome(StrEnum):
    """What became of a deadline."""

    DONE = "done"
    OVERTAKEN = "overtaken"
    NOT_IN_POLICY = "not in the policy"
    CLOSED = "approval closed"


@dataclass(frozen=True, kw_only=True)
class Move:
    """A deadline that a plan sets elsewhere; `before` is None for a new one, `after` for one that is given up."""

    kind: DeadlineKind
    step: int
    before: datetime | None
    after: datetime | None


def begin(session: Session, approval: ApprovalRow, now: datetime) -> None:
    """Starts the clock of an approval that is asked for the first time and tells its plan; one that runs goes on."""
    if start(session, approval, now):
        tell_plan(session, approval, now)


def start(session: Session, approval: ApprovalRow, now: datetime) -> bool:
    """Starts the clock as `begin` does, and returns whether it did: then the caller tells the plan."""
    if approval.clock_from is not None:
        return False
    session.flush()
    timing = timing_of(session, approval)
    approval.clock_from, approval.nudge_from = now, timing.next_nudge(now)
    replan(session, approval, timing, now)
    return True


def replan(session: Session, approval: ApprovalRow, timing: Timing, now: datetime) -> list[Move]:
    """Sets the open deadlines as policy, calendar and clock have them now; returns what that moves.

    What has happened stays. The caller holds the request, records the change and tells the plan.
    """
    rows, moves = _by_step(session, approval), list(moves_for(session, approval, timing))
    for move in moves:
        row = rows.get((move.kind, move.step)) or _new(session, approval, move)
        row.due_at = move.after or row.due_at
        row.ended_at, row.outcome = (None, None) if move.after else (now, Outcome.NOT_IN_POLICY)
    session.flush()
    return moves


def moves_for(session: Session, approval: ApprovalRow, timing: Timing) -> Iterator[Move]:
    """Yields what a plan of today sets elsewhere; nothing while the clock rests, or before it has begun.

    An expiry whose last notice has been given does not come earlier than people were told.
    """
    if approval.clock_from is None or approval.resting_since is not None:
        return
    wanted = {(each.kind, each.step): each.due_at for each in timing.plan(approval, approval.clock_from)}
    rows = _by_step(session, approval)
    for (kind, step), due_at in wanted.items():
        row = rows.get((kind, step))
        if row is None or (_is_open(row) and not _was_announced(rows.values(), row, due_at)):
            before = row.due_at if row and row.ended_at is None else None
            if before != due_at:
                yield Move(kind=kind, step=step, before=before, after=due_at)
    for (kind, step), row in rows.items():
        if row.ended_at is None and (kind, step) not in wanted:
            yield Move(kind=kind, step=step, before=row.due_at, after=None)


def end(session: Session, approval: ApprovalRow, now: datetime) -> None:
    """Ends what is open of an approval that was closed, a question to the requester too."""
    ended = {"ended_at": now, "outcome": Outcome.CLOSED}
    is_open = (DeadlineRow.approval_id == approval.id, DeadlineRow.ended_at.is_(None))
    session.execute(update(DeadlineRow).where(*is_open).values(ended))
    ending_questions.end_question(session, approval, QuestionState.CLOSED, now)


def leave_time_for(session: Session, approval: ApprovalRow, timing: Timing, now: datetime) -> None:
    """Puts an expiry off that would come before mail of it can be read: after an outage, in the night, or a rest."""
    for row in deadline_queries.open_deadlines(session, approval, DeadlineKind.EXPIRY):
        if row.due_at and row.due_at <= timing.mail_at(now):
            row.due_at = timing.put_off(now)
    session.flush()


def put_off_by(session: Session, approval: ApprovalRow, timing: Timing) -> float:
    """Returns how many business days later than planned the expiry is that people were told of for the last time."""
    rows = _by_step(session, approval)
    expiry = rows.get((DeadlineKind.EXPIRY, 1))
    if approval.clock_from is None or expiry is None or expiry.due_at is None or expiry.ended_at is not None:
        return 0.0
    planned = next(each for each in timing.plan(approval, approval.clock_from) if each.kind is DeadlineKind.EXPIRY)
    if not _was_announced(rows.values(), expiry, planned.due_at):
        return 0.0
    # From the instant that the plan counts to, before it is moved into the mail hours.
    counted = timing.calendar.after(approval.clock_from, planned.days + approval.rested)
    return timing.calendar.elapsed(counted, expiry.due_at)


def due_of(session: Session, approval: ApprovalRow, kind: DeadlineKind) -> datetime | None:
    """Returns when the next deadline of that kind is due; None when there is none, or the clock rests."""
    return min(
        (row.due_at for row in deadline_queries.open_deadlines(session, approval, kind) if row.due_at), default=None
    )


def escalates_at(session: Session, approval: ApprovalRow) -> datetime | None:
    """Returns when the next authority is asked besides those who are; None when there is none above them."""
    assignment = assignment_if_known(session, approval)
    if assignment is None or assignment.above(approval.level) is None:
        return None
    return due_of(session, approval, DeadlineKind.ESCALATION)


def tell_plan(session: Session, approval: ApprovalRow, now: datetime) -> None:
    """Tells what the requester may know of the deadlines."""
    message = DeadlinesPlanned(
        approval_id=approval.id,
        request_id=approval.request_id,
        organization=telling.organization(approval),
        escalates_at=escalates_at(session, approval),
        expires_at=due_of(session, approval, DeadlineKind.EXPIRY),
        nudge_from=approval.nudge_from if approval.resting_since is None else None,
        planned_at=now,
    )
    publish(session, message, correlation_id=approval.request.correlation_id, now=now)


def _by_step(session: Session, approval: ApprovalRow) -> dict[tuple[DeadlineKind, int], DeadlineRow]:
    return {(row.kind, row.step): row for row in deadline_queries.deadlines_of(session, approval)}


def _new(session: Session, approval: ApprovalRow, move: Move) -> DeadlineRow:
    row = DeadlineRow(id=new_id(), approval_id=approval.id, kind=move.kind, step=move.step)
    session.add(row)
    return row


def _was_announced(rows: Iterable[DeadlineRow], row: DeadlineRow, due_at: datetime) -> bool:
    """Whether that would bring an expiry forward of which people have been told for the last time."""
    if row.kind is not DeadlineKind.EXPIRY or row.due_at is None or due_at >= row.due_at:
        return False
    notices = [each for each in rows if each.kind is DeadlineKind.EXPIRY_NOTICE]
    return any(each.fired_at for each in notices) and all(each.ended_at for each in notices)


def _is_open(row: DeadlineRow) -> bool:
    return row.ended_at is None or row.outcome == Outcome.NOT_IN_POLICY
