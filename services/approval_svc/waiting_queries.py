"""Reads of what waits for one person: all of it or what they look for, the oldest request first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, selectinload

from approval_svc.domain.approvals import State
from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.domain.routing import OrganizationId
from approval_svc.tables import ApprovalRow, AskingRow, DeadlineRow, HandoverRow, OfficialRow, RequestRow

SOON = timedelta(days=7)
"""What expires within this time is due soon."""


class Coming(StrEnum):
    """How something came to wait for somebody, or how much time they have for it."""

    ASKED = "asked"
    ESCALATED = "escalated"
    HANDED_OVER = "handed-over"
    ACTING = "acting"
    DUE_SOON = "due-soon"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What of the waiting is looked for; with nothing named, all of it.

    Each of the words is in the requester's name, user id or address, or in the name of the role. Of organizations,
    `national` stands for requests that name none.
    """

    role_id: str | None = None
    organization: OrganizationId | None = None
    national: bool = False
    coming: Coming | None = None
    words: tuple[str, ...] = field(default=())


def is_escalated(asking: AskingRow) -> bool:
    """Whether the official was asked because others did not answer."""
    approval = asking.approval
    first = (approval.authority_kind, approval.authority_id)
    return approval.level > 0 and first != (asking.official.authority_kind, asking.official.authority_id)


def _escalated() -> ColumnElement[bool]:
    """`is_escalated`, as the database says it."""
    first = tuple_(ApprovalRow.authority_kind, ApprovalRow.authority_id)
    return and_(ApprovalRow.level > 0, first != tuple_(OfficialRow.authority_kind, OfficialRow.authority_id))


def _due_soon(now: datetime) -> ColumnElement[bool]:
    return (
        select(DeadlineRow.id)
        .where(
            DeadlineRow.approval_id == ApprovalRow.id,
            DeadlineRow.kind == DeadlineKind.EXPIRY,
            DeadlineRow.ended_at.is_(None),
            DeadlineRow.due_at <= now + SOON,
        )
        .exists()
    )


def _handed_over() -> ColumnElement[bool]:
    return (
        select(HandoverRow.id)
        .where(
            HandoverRow.approval_id == AskingRow.approval_id,
            HandoverRow.receiver_id == AskingRow.official_id,
            HandoverRow.ended_at.is_(None),
        )
        .exists()
    )


def _acting() -> ColumnElement[bool]:
    return func.jsonb_array_length(AskingRow.acts_for) > 0


def _came(coming: Coming, now: datetime) -> ColumnElement[bool]:
    otherwise = {Coming.ESCALATED: _escalated(), Coming.HANDED_OVER: _handed_over(), Coming.ACTING: _acting()}
    if coming is Coming.DUE_SOON:
        return _due_soon(now)
    return ~or_(*otherwise.values()) if coming is Coming.ASKED else otherwise[coming]


def _conditions(wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.role_id is not None:
        found.append(RequestRow.role_id == wanted.role_id)
    if wanted.organization is not None:
        found.append(ApprovalRow.organization_kind == wanted.organization.kind)
        found.append(ApprovalRow.organization_id == wanted.organization.id)
    if wanted.national:
        found.append(ApprovalRow.organization_kind.is_(None))
    if wanted.coming is not None:
        found.append(_came(wanted.coming, now))
    return found + [_has_word(word) for word in wanted.words]


def _has_word(word: str) -> ColumnElement[bool]:
    searched = (
        RequestRow.requester_name,
        RequestRow.requester_user_id,
        RequestRow.requester_email,
        RequestRow.role_name,
    )
    return or_(*(column.icontains(word, autoescape=True) for column in searched))


def _waiting(user_id: str, wanted: Wanted, now: datetime) -> Select[UUID]:
    """Selects the approvals' ids; somebody who was asked for two authorities has them once."""
    return (
        select(AskingRow.approval_id)
        .join(AskingRow.approval)
        .join(AskingRow.official)
        .join(ApprovalRow.request)
        .where(
            ApprovalRow.state == State.ASKED,
            AskingRow.ended_at.is_(None),
            OfficialRow.user_id == user_id,
            OfficialRow.active,
            *_conditions(wanted, now),
        )
        .distinct()
    )


def count(session: Session, user_id: str, wanted: Wanted, now: datetime) -> int:
    """Returns how much waits."""
    return session.scalar(select(func.count()).select_from(_waiting(user_id, wanted, now).subquery())) or 0


def ids(
    session: Session, user_id: str, wanted: Wanted, now: datetime, *, limit: int, offset: int = 0
) -> Sequence[UUID]:
    """Returns the ids of up to `limit` approvals that wait, the oldest request first."""
    return session.scalars(
        select(ApprovalRow.id)
        .join(ApprovalRow.request)
        .where(ApprovalRow.id.in_(_waiting(user_id, wanted, now)))
        .order_by(RequestRow.submitted_at, ApprovalRow.id)
        .limit(limit)
        .offset(offset)
    ).all()


def approvals(session: Session, chosen: Sequence[UUID]) -> Sequence[ApprovalRow]:
    """Returns these approvals with request and askings, the oldest request first, whatever became of them."""
    return session.scalars(
        select(ApprovalRow)
        .join(ApprovalRow.request)
        .where(ApprovalRow.id.in_(chosen))
        .order_by(RequestRow.submitted_at, ApprovalRow.id)
        .options(
            selectinload(ApprovalRow.request).selectinload(RequestRow.approvals),
            selectinload(ApprovalRow.askings).joinedload(AskingRow.official),
        )
    ).all()


def handovers(session: Session, chosen: Sequence[UUID]) -> dict[tuple[UUID, UUID], str]:
    """Returns who handed these approvals over last, by approval and the official who received it."""
    found = (
        select(HandoverRow.approval_id, HandoverRow.receiver_id, OfficialRow.name)
        .join(HandoverRow.giver)
        .where(HandoverRow.approval_id.in_(chosen), HandoverRow.ended_at.is_(None))
        .order_by(HandoverRow.handed_at)
    )
    return {(row[0], row[1]): row[2] for row in session.execute(found)}


def roles(session: Session, user_id: str, now: datetime) -> list[tuple[str, str]]:
    """Returns id and name of the roles of all that waits, by name."""
    found = (
        select(RequestRow.role_id, func.max(RequestRow.role_name))
        .join(RequestRow.approvals)
        .where(ApprovalRow.id.in_(_waiting(user_id, Wanted(), now)))
        .group_by(RequestRow.role_id)
    )
    return sorted(((row[0], row[1]) for row in session.execute(found)), key=lambda role: role[1].casefold())


def organizations(session: Session, user_id: str, now: datetime) -> list[tuple[OrganizationId | None, str]]:
    """Returns the organizations of all that waits with their names, by name; None for requests that name none."""
    kind, identifier = ApprovalRow.organization_kind, ApprovalRow.organization_id
    found = (
        select(kind, identifier, func.max(ApprovalRow.organization_name))
        .where(ApprovalRow.id.in_(_waiting(user_id, Wanted(), now)))
        .group_by(kind, identifier)
    )
    named = [
        (OrganizationId(kind=row[0], id=row[1]) if row[0] and row[1] else None, row[2] or row[1] or "National")
        for row in session.execute(found)
    ]
    return sorted(named, key=lambda each: each[1].casefold())
