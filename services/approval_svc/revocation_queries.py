"""Reads of what somebody approved and can still take back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from approval_svc.domain.approvals import State
from approval_svc.domain.ending import UNDO_WITHIN
from approval_svc.tables import ApprovalRow, AskingRow, OfficialRow

MOST = 50
"""A list that is longer helps nobody; the emails lead to the others."""


def approved_lately(session: Session, user_id: str, now: datetime) -> Sequence[ApprovalRow]:
    """Returns what the person approved within the time in which it can be revoked, the last one first."""
    return session.scalars(
        select(ApprovalRow)
        .join(ApprovalRow.askings)
        .join(AskingRow.official)
        .where(
            OfficialRow.user_id == user_id,
            OfficialRow.active,
            ApprovalRow.decided_by == OfficialRow.id,
            ApprovalRow.state == State.APPROVED,
            ApprovalRow.decided_at > now - UNDO_WITHIN,
            ApprovalRow.revoked_at.is_(None),
        )
        .order_by(ApprovalRow.decided_at.desc(), ApprovalRow.id)
        .limit(MOST)
        .options(joinedload(ApprovalRow.request))
    ).all()
