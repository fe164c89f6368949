"""Reads of what became of the mails that asked officials."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from approval_svc.domain.approvals import State
from approval_svc.tables import ApprovalRow, AskingRow, OfficialRow

ASKING = frozenset({"decision_wanted", "escalated", "handed_over"})
"""The emails that ask somebody for a decision for the first time, as notify_svc names them."""
DIGEST = "digest"
"""The email that lists several approvals, as notify_svc names it."""
MOST = 200


def askings_mailed(session: Session, approval_id: UUID, user_id: str) -> Sequence[AskingRow]:
    """Returns the askings that a mail to this person about this approval stood for, if they still wait."""
    return session.scalars(
        select(AskingRow)
        .join(AskingRow.official)
        .where(AskingRow.approval_id == approval_id, OfficialRow.user_id == user_id, AskingRow.ended_at.is_(None))
        .order_by(AskingRow.official_id)
    ).all()


def undelivered(session: Session) -> Sequence[AskingRow]:
    """Returns up to 200 askings whose official got no mail and may still decide; the longest known first."""
    return session.scalars(
        select(AskingRow)
        .join(AskingRow.approval)
        .where(AskingRow.undelivered_at.is_not(None), AskingRow.ended_at.is_(None), ApprovalRow.state == State.ASKED)
        .order_by(AskingRow.undelivered_at, AskingRow.approval_id, AskingRow.official_id)
        .limit(MOST)
        .options(joinedload(AskingRow.official), joinedload(AskingRow.approval).joinedload(ApprovalRow.request))
    ).all()


def count_undelivered(session: Session) -> int:
    """Returns how many askings never arrived and still wait."""
    return session.scalars(
        select(func.count())
        .select_from(AskingRow)
        .join(AskingRow.approval)
        .where(AskingRow.undelivered_at.is_not(None), AskingRow.ended_at.is_(None), ApprovalRow.state == State.ASKED)
    ).one()
