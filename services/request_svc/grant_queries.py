"""Reads of roles that somebody has, or had, with the locks that writers take."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from request_svc.domain.requests import RequestState
from request_svc.tables import Grant, Part, RoleRequest


def lock_ordered(session: Session, grant_id: UUID | None, approval_id: UUID | None) -> Grant | None:
    """Returns the role with that id, or that the approval gave, locked, ended ones too; None when there is none."""
    wanted = select(Grant).with_for_update(of=Grant).execution_options(populate_existing=True)
    if grant_id is not None:
        return session.scalar(wanted.where(Grant.id == grant_id))
    return session.scalar(wanted.join(Part, Grant.part_id == Part.id).where(Part.approval_id == approval_id))


def lock_roles_of(session: Session, user_id: str) -> Sequence[Grant]:
    """Returns the roles that the person has now, locked, in the order of their ids."""
    theirs = select(Grant).where(Grant.user_id == user_id, Grant.removed_at.is_(None))
    return session.scalars(theirs.order_by(Grant.id).with_for_update()).all()


def pending_of(session: Session, user_id: str) -> Sequence[UUID]:
    """Returns the ids of the person's pending requests, the first one first."""
    theirs = select(RoleRequest.id).where(RoleRequest.user_id == user_id, RoleRequest.state == RequestState.PENDING)
    return session.scalars(theirs.order_by(RoleRequest.id)).all()
