"""Reads of what somebody approved and can still take back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from approval_svc.domain.approvals import State
from approval_svc.domain.ending import UNDO_WITHIN
from approval_svc.tables import ApprovalRow, AskingRow, GrantRow, OfficialRow, RequestRow

MOST = 50
"""A list that is longer helps nobody; the emails lead to the others."""


def approved_lately(session: Session, user_id: str, now: datetime) -> Sequence[ApprovalRow]:
    """Returns what the person approved within the time in which it can be revoked, the last one first.

    Without what gave a role that has ended otherwise since.
    """
    ended = select(GrantRow.id).where(
        GrantRow.holder_user_id == RequestRow.requester_user_id,
        GrantRow.request_id == RequestRow.id,
        GrantRow.organization_kind.is_not_distinct_from(ApprovalRow.organization_kind),
        GrantRow.organization_id.is_not_distinct_from(ApprovalRow.organization_id),
        or_(GrantRow.removed_at.is_not(None), GrantRow.end_ordered_at.is_not(None)),
    )
    return session.scalars(
        select(ApprovalRow)
        .join(ApprovalRow.askings)
        .join(AskingRow.official)
        .join(ApprovalRow.request)
        .where(
            OfficialRow.user_id == user_id,
            OfficialRow.active,
            ApprovalRow.decided_by == OfficialRow.id,
            ApprovalRow.state == State.APPROVED,
            ApprovalRow.decided_at > now - UNDO_WITHIN,
            ApprovalRow.revoked_at.is_(None),
            ~ended.exists(),
        )
        .order_by(ApprovalRow.decided_at.desc(), ApprovalRow.id)
        .limit(MOST)
        .options(joinedload(ApprovalRow.request))
    ).all()
