"""The policy or a calendar changed: the deadlines of open approvals move to where they belong now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from approval_svc import deadline_queries, queries
from approval_svc.domain.approvals import OPEN, State
from approval_svc.tables import ApprovalRow
from approval_svc.use_cases import planning
from approval_svc.use_cases.planning import Move, moves_for, replan, tell_plan
from approval_svc.use_cases.timing import timing_of
from shared import audit
from shared.audit import Action

BATCH = 200


@dataclass(frozen=True, kw_only=True)
class Moved:
    """An approval whose deadlines move; `begins`: its clock had not begun, because it is older than deadlines are."""

    approval_id: UUID
    requester: str
    role: str
    organization: str
    begins: bool
    moves: tuple[Move, ...]


@dataclass(frozen=True)
class Batch:
    """What one transaction did; `last` is the id of the last request that it looked at, None when none was left."""

    moved: tuple[Moved, ...]
    last: UUID | None


def move_deadlines(session: Session, after: UUID | None, now: datetime) -> Batch:
    """Plans the open approvals of the next two hundred requests anew, each under its lock.

    An approval that has no deadlines yet gets them, counted from now: what waits from before may not expire at once.
    """
    queries.hold_directory(session)
    found: list[Moved] = []
    requests = deadline_queries.requests_open_after(session, after, BATCH)
    for request_id in requests:
        request = queries.lock_request(session, request_id)
        for approval in request.approvals if request else []:
            found += _move(session, approval, now)
    return Batch(tuple(found), requests[-1] if requests else None)


def preview_moves(session: Session, after: UUID | None) -> Batch:
    """Returns what `move_deadlines` would do, and changes nothing."""
    requests = deadline_queries.requests_open_after(session, after, BATCH)
    found: list[Moved] = []
    for request_id in requests:
        request = queries.find_request(session, request_id)
        for approval in request.approvals if request else []:
            if _has_no_clock(approval):
                found.append(_moved(approval, (), begins=True))
            elif approval.state in OPEN and (moves := _preview(session, approval)):
                found.append(_moved(approval, moves))
    return Batch(tuple(found), requests[-1] if requests else None)


def _preview(session: Session, approval: ApprovalRow) -> tuple[Move, ...]:
    return tuple(moves_for(session, approval, timing_of(session, approval)))


def _move(session: Session, approval: ApprovalRow, now: datetime) -> Sequence[Moved]:
    if _has_no_clock(approval):
        planning.begin(session, approval, now)
        _audit(session, approval, (), now)
        return [_moved(approval, (), begins=True)]
    moves = tuple(replan(session, approval, timing_of(session, approval), now)) if approval.state in OPEN else ()
    if not moves:
        return []
    tell_plan(session, approval, now)
    _audit(session, approval, moves, now)
    return [_moved(approval, moves)]


def _has_no_clock(approval: ApprovalRow) -> bool:
    return approval.state is State.ASKED and approval.clock_from is None


def _audit(session: Session, approval: ApprovalRow, moves: Sequence[Move], now: datetime) -> None:
    audit.record(
        session,
        Action.APPROVAL_DEADLINES_MOVED,
        ("approval", approval.id),
        now=now,
        before={f"{move.kind} {move.step}": move.before for move in moves},
        after={"request": approval.request_id} | {f"{move.kind} {move.step}": move.after for move in moves},
        correlation_id=approval.request.correlation_id,
    )


def _moved(approval: ApprovalRow, moves: Sequence[Move], *, begins: bool = False) -> Moved:
    return Moved(
        approval_id=approval.id,
        requester=approval.request.requester_name,
        role=approval.request.role_name,
        organization=approval.organization_name or "National",
        begins=begins,
        moves=tuple(moves),
    )
