"""Reads of questions to requesters, and the claim of those about which something is due."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from approval_svc.deadline_queries import LOOKED_AT_PER_CLAIMED
from approval_svc.domain.questions import OPEN
from approval_svc.tables import ApprovalRow, QuestionRow, RequestRow


def questions_of(session: Session, approval: ApprovalRow) -> Sequence[QuestionRow]:
    """Returns every question about the approval with who asked it, the first one first."""
    theirs = select(QuestionRow).where(QuestionRow.approval_id == approval.id)
    named = theirs.options(joinedload(QuestionRow.official))
    return session.scalars(named.order_by(QuestionRow.asked_at, QuestionRow.id)).all()


def answered_elsewhere(session: Session, approval: ApprovalRow) -> Sequence[QuestionRow]:
    """Returns the questions about other parts of the same request whose answers corrected something."""
    others = (
        select(QuestionRow)
        .join(QuestionRow.approval)
        .where(
            ApprovalRow.request_id == approval.request_id,
            ApprovalRow.id != approval.id,
            QuestionRow.corrections != [],
        )
    )
    return session.scalars(others.order_by(QuestionRow.answered_at, QuestionRow.id)).all()


def corrected_after(session: Session, request_id: UUID, answered_at: datetime) -> frozenset[str]:
    """Returns the fields of a request that a later answer than one of that time corrected."""
    later = (
        select(QuestionRow.corrections)
        .join(QuestionRow.approval)
        .where(ApprovalRow.request_id == request_id, QuestionRow.answered_at > answered_at)
    )
    return frozenset(each["field"] or "" for corrections in session.scalars(later) for each in corrections)


def open_question(session: Session, approval: ApprovalRow) -> QuestionRow | None:
    """Returns the question that can be answered, or None. The caller holds the request."""
    wanted = select(QuestionRow).where(QuestionRow.approval_id == approval.id, QuestionRow.state.in_(OPEN))
    # Read afresh: another transaction may have ended it while this one waited for the request.
    return session.scalar(wanted.execution_options(populate_existing=True))


def find_question(session: Session, question_id: UUID) -> QuestionRow | None:
    """Returns the question, read afresh, or None. The caller holds the request."""
    return session.get(QuestionRow, question_id, populate_existing=True)


def claim_due(session: Session, now: datetime, limit: int) -> Sequence[UUID]:
    """Locks the requests of up to `limit` questions about which something is due, and returns their ids, each once.

    Requests that somebody else has locked are left out: what they do may end the question.
    """
    looked_at = (
        select(QuestionRow.approval_id, QuestionRow.next_at)
        .where(QuestionRow.next_at <= now)
        .order_by(QuestionRow.next_at)
        .limit(limit * LOOKED_AT_PER_CLAIMED)
        .subquery()
    )
    earliest = (
        select(RequestRow.id)
        .join(ApprovalRow, ApprovalRow.request_id == RequestRow.id)
        .join(looked_at, looked_at.c.approval_id == ApprovalRow.id)
        .order_by(looked_at.c.next_at)
        .limit(limit)
        .with_for_update(of=RequestRow, skip_locked=True)
    )
    return tuple(dict.fromkeys(session.scalars(earliest)))


def put_aside(session: Session, request_id: UUID, now: datetime, until: datetime) -> None:
    """Lets what is due about the questions of a request become due again later."""
    theirs = select(ApprovalRow.id).where(ApprovalRow.request_id == request_id)
    due = update(QuestionRow).where(QuestionRow.approval_id.in_(theirs), QuestionRow.next_at <= now)
    session.execute(due.values(next_at=until))
