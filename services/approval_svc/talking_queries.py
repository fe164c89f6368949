"""Reads of what officials say to each other: handovers, opinions, comments."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from approval_svc.domain.approvals import State
from approval_svc.tables import ApprovalRow, CommentRow, HandoverRow, OfficialRow, OpinionRow

MOST_FOUND = 25


def handovers_in_force(session: Session, approval: ApprovalRow) -> Sequence[HandoverRow]:
    """Returns the handovers of the approval whose receivers can decide, in the order in which they were made."""
    in_force = (HandoverRow.approval_id == approval.id, HandoverRow.ended_at.is_(None))
    return session.scalars(select(HandoverRow).where(*in_force).order_by(HandoverRow.handed_at, HandoverRow.id)).all()


def handovers_of(session: Session, approval: ApprovalRow) -> Sequence[HandoverRow]:
    """Returns every handover of the approval with the names in it, the first one first."""
    return session.scalars(
        select(HandoverRow)
        .where(HandoverRow.approval_id == approval.id)
        .order_by(HandoverRow.handed_at, HandoverRow.id)
        .options(joinedload(HandoverRow.giver), joinedload(HandoverRow.receiver))
    ).all()


def handed_over_by(session: Session, approval: ApprovalRow, official_id: UUID) -> HandoverRow | None:
    """Returns how the official handed the approval over last, or None when they never did."""
    theirs = [row for row in handovers_of(session, approval) if row.giver_id == official_id]
    return theirs[-1] if theirs else None


def claim_untold(session: Session, approval_ids: Collection[UUID]) -> Sequence[HandoverRow]:
    """Locks the handovers of these approvals of which nobody was told yet, in the order in which they were made.

    Those that a beat has in hand are left to it.
    """
    return _claim(session, HandoverRow.tell_at.is_not(None) & HandoverRow.approval_id.in_(approval_ids), None)


def claim_due_untold(session: Session, now: datetime, limit: int) -> Sequence[HandoverRow]:
    """Locks up to `limit` handovers of which the receiver should have been told; those in other hands are left out."""
    return _claim(session, HandoverRow.tell_at <= now, limit)


def _claim(session: Session, condition: ColumnElement[bool], limit: int | None) -> Sequence[HandoverRow]:
    whole = joinedload(HandoverRow.approval).joinedload(ApprovalRow.request)
    return session.scalars(
        select(HandoverRow)
        .where(condition)
        .order_by(HandoverRow.tell_at, HandoverRow.id)
        .limit(limit)
        .with_for_update(of=HandoverRow, skip_locked=True)
        .options(whole, joinedload(HandoverRow.giver), joinedload(HandoverRow.receiver))
    ).all()


def opinions_of(session: Session, approval: ApprovalRow) -> Sequence[OpinionRow]:
    """Returns every opinion that was asked for about the approval, the first one first."""
    return session.scalars(
        select(OpinionRow)
        .where(OpinionRow.approval_id == approval.id)
        .order_by(OpinionRow.asked_at, OpinionRow.id)
        .options(joinedload(OpinionRow.asked_by), joinedload(OpinionRow.official))
    ).all()


def find_opinion(session: Session, opinion_id: UUID) -> OpinionRow | None:
    """Returns the opinion with its approval and request, or None."""
    return session.scalar(
        select(OpinionRow)
        .where(OpinionRow.id == opinion_id)
        .options(
            joinedload(OpinionRow.asked_by),
            joinedload(OpinionRow.official),
            joinedload(OpinionRow.approval).joinedload(ApprovalRow.request),
        )
        .execution_options(populate_existing=True)
    )


def opinions_wanted_from(session: Session, user_id: str) -> Sequence[OpinionRow]:
    """Returns the opinions that this person was asked for and that are of use still, the oldest first."""
    return session.scalars(
        select(OpinionRow)
        .join(OpinionRow.official)
        .join(OpinionRow.approval)
        .where(
            OfficialRow.user_id == user_id,
            OfficialRow.active,
            OpinionRow.answered_at.is_(None),
            ApprovalRow.state == State.ASKED,
        )
        .order_by(OpinionRow.asked_at, OpinionRow.id)
        .options(joinedload(OpinionRow.asked_by), joinedload(OpinionRow.approval).joinedload(ApprovalRow.request))
    ).all()


def is_awaited_from(session: Session, approval: ApprovalRow, user_id: str) -> bool:
    """Whether this person was asked for an opinion on the approval and has not given it.

    One that was asked for at an address which was refused, or is another by now, is not waited for.
    """
    theirs = (OfficialRow.user_id == user_id, OpinionRow.approval_id == approval.id, OpinionRow.answered_at.is_(None))
    arrived = OfficialRow.address_since <= OpinionRow.asked_at
    return session.scalar(select(OpinionRow.id).join(OpinionRow.official).where(*theirs, arrived).limit(1)) is not None


def comments_of(session: Session, approval: ApprovalRow) -> Sequence[CommentRow]:
    """Returns the comments of officials on the approval, the first one first."""
    theirs = select(CommentRow).where(CommentRow.approval_id == approval.id)
    return session.scalars(theirs.order_by(CommentRow.made_at, CommentRow.id)).all()


def rows_of_person(session: Session, user_id: str) -> Sequence[OfficialRow]:
    """Returns the person's rows in the directory, removed ones too, the longest-serving first."""
    theirs = select(OfficialRow).where(OfficialRow.user_id == user_id)
    return session.scalars(theirs.order_by(OfficialRow.added_at, OfficialRow.id)).all()


def officials_like(session: Session, wanted: str) -> Sequence[OfficialRow]:
    """Returns up to 25 officials whose name has every word of the text, or whose organization's id it is; by name."""
    escaped = [_escaped(word) for word in wanted.split()]
    by_name = and_(*(OfficialRow.name.ilike(f"%{word}%", escape="\\") for word in escaped))
    by_authority = OfficialRow.authority_id.ilike(_escaped(wanted), escape="\\")
    found = select(OfficialRow).where(OfficialRow.active, OfficialRow.reachable, or_(by_name, by_authority))
    return session.scalars(found.order_by(OfficialRow.name, OfficialRow.id).limit(MOST_FOUND)).all()


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
