"""Reads of deadlines, and the claim of those that are due."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session, selectinload

from approval_svc.domain.approvals import OPEN
from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.tables import ApprovalRow, AskingRow, DeadlineRow, RequestRow

LOOKED_AT_PER_CLAIMED = 10
"""Of however many are due, as after an outage, no more than these are looked up and sorted at a time."""


def _is_due(now: datetime) -> ColumnElement[bool]:
    """The condition of the partial index ix_deadlines_due_at: rows that are not due are not looked at."""
    return and_(DeadlineRow.ended_at.is_(None), DeadlineRow.due_at <= now)


def is_anything_due(session: Session, now: datetime) -> bool:
    """Whether any deadline is due."""
    return session.scalar(select(DeadlineRow.id).where(_is_due(now)).limit(1)) is not None


def claim_due(session: Session, now: datetime, limit: int) -> Sequence[UUID]:
    """Locks the requests of up to `limit` due deadlines, those due longest first, and returns their ids, each once.

    Requests that somebody else has locked are left out: what they do may end the deadlines.
    """
    looked_at = (
        select(DeadlineRow.approval_id, DeadlineRow.due_at)
        .where(_is_due(now))
        .order_by(DeadlineRow.due_at)
        .limit(limit * LOOKED_AT_PER_CLAIMED)
        .subquery()
    )
    earliest = (
        select(RequestRow.id)
        .join(ApprovalRow, ApprovalRow.request_id == RequestRow.id)
        .join(looked_at, looked_at.c.approval_id == ApprovalRow.id)
        # What is due at one instant, as much is when mail hours begin, is claimed by authority: whoever is told of
        # several approvals is told in one mail, if one tick has them.
        .order_by(looked_at.c.due_at, ApprovalRow.authority_kind, ApprovalRow.authority_id)
        .limit(limit)
        .with_for_update(of=RequestRow, skip_locked=True)
    )
    return tuple(dict.fromkeys(session.scalars(earliest)))


def put_aside(session: Session, request_id: UUID, now: datetime, until: datetime) -> None:
    """Lets what is due of a request become due again later."""
    theirs = select(ApprovalRow.id).where(ApprovalRow.request_id == request_id)
    session.execute(update(DeadlineRow).where(DeadlineRow.approval_id.in_(theirs), _is_due(now)).values(due_at=until))


def deadlines_of(session: Session, approval: ApprovalRow) -> Sequence[DeadlineRow]:
    """Returns every deadline of the approval, ended ones too, the earliest first."""
    theirs = select(DeadlineRow).where(DeadlineRow.approval_id == approval.id)
    # Read afresh: another transaction may have ended one while this one waited for the request.
    fresh = theirs.execution_options(populate_existing=True)
    session.flush()
    return session.scalars(fresh.order_by(DeadlineRow.due_at, DeadlineRow.kind, DeadlineRow.step)).all()


def open_deadlines(session: Session, approval: ApprovalRow, kind: DeadlineKind | None = None) -> list[DeadlineRow]:
    """Returns what may still happen to the approval, of one kind or of all, the earliest first."""
    found = deadlines_of(session, approval)
    return [row for row in found if row.ended_at is None and kind in (None, row.kind)]


def expiries(session: Session, approvals: Sequence[ApprovalRow]) -> dict[UUID, datetime]:
    """Returns when each of these approvals expires; one whose clock rests, or has not begun, is left out."""
    rows = select(DeadlineRow.approval_id, DeadlineRow.due_at).where(
        DeadlineRow.approval_id.in_([approval.id for approval in approvals]),
        DeadlineRow.kind == DeadlineKind.EXPIRY,
        DeadlineRow.ended_at.is_(None),
        DeadlineRow.due_at.is_not(None),
    )
    return {row.approval_id: row.due_at for row in session.execute(rows)}


def requests_open_after(session: Session, after: UUID | None, limit: int) -> Sequence[UUID]:
    """Returns up to `limit` requests with an open approval whose ids come after that one, in order."""
    wanted = select(ApprovalRow.request_id).where(ApprovalRow.state.in_(OPEN))
    if after is not None:
        wanted = wanted.where(ApprovalRow.request_id > after)
    return session.scalars(wanted.group_by(ApprovalRow.request_id).order_by(ApprovalRow.request_id).limit(limit)).all()


def stuck(session: Session) -> Sequence[ApprovalRow]:
    """Returns the open approvals that no further authority can be asked about, the one that waits longest first."""
    return session.scalars(
        select(ApprovalRow)
        .where(ApprovalRow.stuck_since.is_not(None), ApprovalRow.state.in_(OPEN))
        .order_by(ApprovalRow.stuck_since, ApprovalRow.id)
        .options(
            selectinload(ApprovalRow.request),
            selectinload(ApprovalRow.askings).joinedload(AskingRow.official),
        )
    ).all()
