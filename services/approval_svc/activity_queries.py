"""Reads of people's sign-ins and of what follows when there are none."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from approval_svc.tables import ActivityRow, GrantRow


def claim_due(session: Session, now: datetime, limit: int) -> Sequence[ActivityRow]:
    """Locks up to `limit` people of whom something may be due, those due longest first; others' are left out."""
    return session.scalars(
        select(ActivityRow)
        .where(ActivityRow.due_at <= now)
        .order_by(ActivityRow.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def lock_live_grants(session: Session, user_ids: Sequence[str]) -> dict[str, list[GrantRow]]:
    """Returns each person's roles that have not ended, and whose end nobody has ordered, under a lock."""
    found: dict[str, list[GrantRow]] = defaultdict(list)
    live = select(GrantRow).where(
        GrantRow.holder_user_id.in_(user_ids), GrantRow.removed_at.is_(None), GrantRow.end_ordered_at.is_(None)
    )
    fresh = live.order_by(GrantRow.id).with_for_update().execution_options(populate_existing=True)
    for grant in session.scalars(fresh):
        found[grant.holder_user_id].append(grant)
    return found


def last_sign_ins(session: Session, user_ids: Sequence[str]) -> dict[str, datetime]:
    """Returns when each of these people signed in last; who never did, as far as is known, is left out."""
    rows = select(ActivityRow.user_id, ActivityRow.last_sign_in_at).where(
        ActivityRow.user_id.in_(user_ids), ActivityRow.last_sign_in_at.is_not(None)
    )
    return {row.user_id: row.last_sign_in_at for row in session.execute(rows)}
