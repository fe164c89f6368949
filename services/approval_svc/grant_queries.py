"""Reads of the roles that people have, with the lock that whoever ends one takes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, false, func, or_, select, update
from sqlalchemy.orm import Session

from approval_svc.deadline_queries import LOOKED_AT_PER_CLAIMED
from approval_svc.domain.routing import AuthorityId
from approval_svc.tables import ActivityRow, ApprovalRow, GrantRow, OfficialRow, RequestRow, RoleEndRow


@dataclass(frozen=True, kw_only=True)
class Sought:
    """Which roles somebody looks for: those of some organizations, None: all; with these words in a name or an id."""

    authorities: Collection[AuthorityId] | None
    words: Sequence[str] = ()


def lock_grant(session: Session, grant_id: UUID) -> GrantRow | None:
    """Returns the role, locked and read afresh, also one that has ended; or None."""
    return session.get(GrantRow, grant_id, with_for_update=True, populate_existing=True)


def find_grant(session: Session, grant_id: UUID) -> GrantRow | None:
    """Returns the role, also one that has ended; or None."""
    return session.get(GrantRow, grant_id)


def grant_of(session: Session, approval: ApprovalRow) -> GrantRow | None:
    """Returns the role that an approval gave, if RoleGranted has come."""
    return session.scalar(select(GrantRow).where(*_given_by(approval)))


def lock_grant_of(session: Session, approval: ApprovalRow) -> GrantRow | None:
    """Returns the role that an approval gave, if RoleGranted has come, locked and read afresh."""
    locked = select(GrantRow).where(*_given_by(approval)).with_for_update()
    return session.scalar(locked.execution_options(populate_existing=True))


def _given_by(approval: ApprovalRow) -> tuple[ColumnElement[bool], ...]:
    return (
        # By the holder there is an index.
        GrantRow.holder_user_id == approval.request.requester_user_id,
        GrantRow.request_id == approval.request_id,
        GrantRow.organization_kind.is_not_distinct_from(approval.organization_kind),
        GrantRow.organization_id.is_not_distinct_from(approval.organization_id),
    )


def correlation_of(session: Session, grant: GrantRow) -> UUID | None:
    """Returns the correlation id of the request that the role came of, None where that is not known."""
    return session.scalar(select(RequestRow.correlation_id).where(RequestRow.id == grant.request_id))


def held(session: Session, sought: Sought, *, limit: int, offset: int = 0) -> Sequence[Row[GrantRow, datetime | None]]:
    """Returns the roles that people have now, each with its holder's last sign-in, by organization, role and name."""
    return session.execute(
        select(GrantRow, ActivityRow.last_sign_in_at)
        .outerjoin(ActivityRow, ActivityRow.user_id == GrantRow.holder_user_id)
        .where(_is_sought(sought))
        .order_by(GrantRow.organization_name, GrantRow.role_name, GrantRow.holder_name, GrantRow.id)
        .limit(limit)
        .offset(offset)
    ).all()


def count_held(session: Session, sought: Sought) -> int:
    """Returns how many roles that are."""
    return session.scalar(select(func.count()).select_from(GrantRow).where(_is_sought(sought))) or 0


def officials_rows_of(session: Session, user_id: str) -> Sequence[OfficialRow]:
    """Returns the person's active rows in the directory, the one that they have had longest first."""
    theirs = select(OfficialRow).where(OfficialRow.user_id == user_id, OfficialRow.active)
    return session.scalars(theirs.order_by(OfficialRow.added_at, OfficialRow.id)).all()


def _is_sought(sought: Sought) -> ColumnElement[bool]:
    found = [_has(word) for word in sought.words]
    if sought.authorities is not None:
        found.append(or_(false(), *(_is_of(each) for each in sought.authorities)))
    return and_(GrantRow.removed_at.is_(None), *found)


def _is_of(authority: AuthorityId) -> ColumnElement[bool]:
    return and_(GrantRow.organization_kind == authority.kind, GrantRow.organization_id == authority.id)


def _has(word: str) -> ColumnElement[bool]:
    columns = (GrantRow.holder_name, GrantRow.holder_user_id, GrantRow.role_name, GrantRow.organization_name)
    return or_(*(column.icontains(word, autoescape=True) for column in columns))


def _is_due(now: datetime) -> ColumnElement[bool]:
    """The condition of the partial index ix_role_ends_due_at."""
    return and_(RoleEndRow.ended_at.is_(None), RoleEndRow.due_at <= now)


def is_end_due(session: Session, now: datetime) -> bool:
    """Whether any role ends, or a holder is to be told so."""
    return session.scalar(select(RoleEndRow.id).where(_is_due(now)).limit(1)) is not None


def claim_ending(session: Session, now: datetime, limit: int) -> Sequence[UUID]:
    """Locks the roles of up to `limit` due rows and returns their ids, each once; what others have in hand is left."""
    looked_at = (
        select(RoleEndRow.grant_id, RoleEndRow.due_at)
        .where(_is_due(now))
        .order_by(RoleEndRow.due_at)
        .limit(limit * LOOKED_AT_PER_CLAIMED)
        .subquery()
    )
    earliest = (
        select(GrantRow.id)
        .join(looked_at, looked_at.c.grant_id == GrantRow.id)
        .order_by(looked_at.c.due_at)
        .limit(limit)
        .with_for_update(of=GrantRow, skip_locked=True)
    )
    return tuple(dict.fromkeys(session.scalars(earliest)))


def open_ends(session: Session, grant_id: UUID) -> Sequence[RoleEndRow]:
    """Returns what may still happen to the role as time passes, read afresh, the end last whenever each is due."""
    theirs = select(RoleEndRow).where(RoleEndRow.grant_id == grant_id, RoleEndRow.ended_at.is_(None))
    return session.scalars(theirs.order_by(RoleEndRow.days.desc()).execution_options(populate_existing=True)).all()


def put_aside(session: Session, grant_id: UUID, now: datetime, until: datetime) -> None:
    """Lets what is due to the role become due again later."""
    session.execute(update(RoleEndRow).where(RoleEndRow.grant_id == grant_id, _is_due(now)).values(due_at=until))
