"""When people signed in, and when somebody who has a role is looked at next."""

from datetime import datetime, timedelta

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from approval_svc import reference
from approval_svc.tables import ActivityRow
from shared.contracts import RoleGranted


def note_sign_in(session: Session, user_id: str, at: datetime) -> None:
    """Keeps that the person signed in then; an earlier one changes nothing.

    When their roles are looked at next stays as it is: nothing is found to be due then, and the next time is set.
    """
    row = insert(ActivityRow).values(user_id=user_id, last_sign_in_at=at)
    newest = func.greatest(ActivityRow.last_sign_in_at, row.excluded.last_sign_in_at)
    session.execute(row.on_conflict_do_update(index_elements=[ActivityRow.user_id], set_={"last_sign_in_at": newest}))


def expect_sign_in(session: Session, message: RoleGranted, now: datetime) -> None:
    """Has the holder of a new role looked at when they would be warned first."""
    organization = message.organization
    policy = reference.deadline_policy(message.role_id, organization.kind if organization else None).inactivity
    first = now + timedelta(days=min((*policy.warnings, policy.end)))
    row = insert(ActivityRow).values(user_id=message.holder.user_id, due_at=first)
    sooner = func.least(ActivityRow.due_at, row.excluded.due_at)
    session.execute(row.on_conflict_do_update(index_elements=[ActivityRow.user_id], set_={"due_at": sooner}))


def look_at_everybody(session: Session, now: datetime) -> int:
    """Has everybody who has a role looked at anew, because the policy changed; returns how many that are."""
    everybody = update(ActivityRow).where(ActivityRow.due_at > now).values(due_at=now)
    return len(session.scalars(everybody.returning(ActivityRow.user_id)).all())
