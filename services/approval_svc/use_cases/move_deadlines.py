"""The policy or a calendar changed: the deadlines of open approvals move to where they belong now."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from approval_svc import deadline_queries, queries
from approval_svc.domain.approvals import OPEN, State
from approval_svc.tables import ApprovalRow
from approval_svc.use_cases import planning
from approval_svc.use_cases.planning import Move, moves_for, replan, tell_plan
from approval_svc.use_cases.timing import timing_of
from shared import audit
from shared.audit import Action

BATCH = 50
"""How many at once: officials who decide one of them wait for all."""

log = structlog.get_logger(__name__)


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
    """What one transaction did; `last` is the id of the last request that it looked at, None when none was left.

    `left` are the requests that could not be planned anew: their deadlines are as they were.
    """

    moved: tuple[Moved, ...]
    left: tuple[UUID, ...]
    last: UUID | None


def move_deadlines(session: Session, after: UUID | None, now: datetime) -> Batch:
    """Plans the open approvals of the next fifty requests anew, each under its lock.

    An approval that has no deadlines yet gets them, counted from now: what waits from before may not expire at once.
    """
    queries.hold_directory(session)

    def moved(request_id: UUID) -> Iterator[Moved]:
        request = queries.lock_request(session, request_id)
        for approval in request.approvals if request else []:
            yield from _move(session, approval, now)

    return _each(session, after, moved)


def preview_moves(session: Session, after: UUID | None) -> Batch:
    """Returns what `move_deadlines` would do, and changes nothing."""

    def moved(request_id: UUID) -> Iterator[Moved]:
        request = queries.find_request(session, request_id)
        for approval in request.approvals if request else []:
            yield from _preview(session, approval)

    return _each(session, after, moved)


def _each(session: Session, after: UUID | None, moved: Callable[[UUID], Iterator[Moved]]) -> Batch:
    requests = deadline_queries.requests_open_after(session, after, BATCH)
    found: list[Moved] = []
    left: list[UUID] = []
    for request_id in requests:
        try:
            with session.begin_nested():
                found += tuple(moved(request_id))
        except Exception:
            # One request that cannot be planned anew, for a time zone that is none, does not keep the others.
            log.exception("deadlines could not be moved", request_id=str(request_id))
            left.append(request_id)
    return Batch(tuple(found), tuple(left), requests[-1] if requests else None)


def _preview(session: Session, approval: ApprovalRow) -> Sequence[Moved]:
    if _has_no_clock(approval):
        return [_moved(approval, (), begins=True)]
    moves = tuple(moves_for(session, approval, timing_of(session, approval))) if approval.state in OPEN else ()
    return [_moved(approval, moves)] if moves else []


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
