"""Reads of this service's rows. None of them writes or commits."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from request_svc.domain.refusals import (
    DraftMissingError,
    DraftSubmittedError,
    GrantMissingError,
    RequestMissingError,
)
from request_svc.domain.requests import PartState, RequestState
from request_svc.domain.steps import OrganizationKey
from request_svc.tables import Draft, Grant, OrganizationRow, Part, RoleRequest


def lock_person(session: Session, user_id: str) -> None:
    """Makes other transactions for the same person wait: rules over all of a person's requests need it."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(user_id, 0))))


def draft_of(session: Session, draft_id: UUID, user_id: str) -> Draft:
    """Returns the person's draft, for reading.

    Raises:
        DraftMissingError: there is none, or it is another person's.
        DraftSubmittedError: it became a request.
    """
    return _draft(session, draft_id, user_id, lock=False)


def lock_draft(session: Session, draft_id: UUID, user_id: str) -> Draft:
    """Returns the person's draft, locked. Raises as `draft_of` does."""
    return _draft(session, draft_id, user_id, lock=True)


def _draft(session: Session, draft_id: UUID, user_id: str, *, lock: bool) -> Draft:
    query = select(Draft).where(Draft.id == draft_id, Draft.user_id == user_id)
    draft = session.scalar(query.with_for_update() if lock else query)
    # Looked up after the lock: a submit that held it may have made the request meanwhile.
    if request_of_draft(session, draft_id, user_id):
        raise DraftSubmittedError
    if draft is None:
        raise DraftMissingError(draft_id)
    return draft


def request_of_draft(session: Session, draft_id: UUID, user_id: str) -> RoleRequest | None:
    """Returns the request that the person's draft became, or None."""
    return session.scalar(select(RoleRequest).where(RoleRequest.draft_id == draft_id, RoleRequest.user_id == user_id))


def lock_request(session: Session, request_id: UUID, user_id: str | None = None) -> RoleRequest:
    """Returns the request, locked; with `user_id` only if it is that person's. Raises RequestMissingError."""
    query = select(RoleRequest).where(RoleRequest.id == request_id).with_for_update()
    return _found(session.scalar(query), request_id, user_id)


def request_of(session: Session, request_id: UUID, user_id: str | None = None) -> RoleRequest:
    """Returns the request with parts, timeline and what was granted, for reading. Raises RequestMissingError."""
    query = select(RoleRequest).where(RoleRequest.id == request_id).options(*_WHOLE)
    return _found(session.scalar(query), request_id, user_id)


def _found(request: RoleRequest | None, request_id: UUID, user_id: str | None) -> RoleRequest:
    if request is None or user_id not in (None, request.user_id):
        raise RequestMissingError(request_id)
    return request


_WHOLE = (selectinload(RoleRequest.parts), selectinload(RoleRequest.events), selectinload(RoleRequest.grants))


def pending_requests(session: Session, user_id: str) -> Sequence[RoleRequest]:
    """Returns the person's pending requests, the latest first."""
    query = select(RoleRequest).where(RoleRequest.user_id == user_id, RoleRequest.state == RequestState.PENDING)
    return session.scalars(query.options(*_WHOLE).order_by(RoleRequest.submitted_at.desc())).all()


def past_requests(session: Session, user_id: str) -> Sequence[RoleRequest]:
    """Returns the person's decided and withdrawn requests, the last closed first."""
    query = select(RoleRequest).where(RoleRequest.user_id == user_id, RoleRequest.state != RequestState.PENDING)
    return session.scalars(query.options(*_WHOLE).order_by(RoleRequest.closed_at.desc())).all()


def active_grants(session: Session, user_id: str) -> Sequence[Grant]:
    """Returns the roles that the person has now, in the order in which they were granted."""
    query = select(Grant).where(Grant.user_id == user_id, Grant.removed_at.is_(None))
    return session.scalars(query.order_by(Grant.granted_at, Grant.id)).all()


def active_grant(session: Session, grant_id: UUID, user_id: str) -> Grant:
    """Returns one of the person's roles, for reading. Raises GrantMissingError."""
    return _granted(session.get(Grant, grant_id), grant_id, user_id)


def lock_grant(session: Session, grant_id: UUID, user_id: str | None = None) -> Grant:
    """Returns a role that somebody has now, locked. Raises GrantMissingError."""
    return _granted(session.get(Grant, grant_id, with_for_update=True), grant_id, user_id)


def ended_grant(session: Session, grant_id: UUID, user_id: str) -> Grant:
    """Returns a role that the person had and that has ended, for reading. Raises GrantMissingError."""
    grant = session.get(Grant, grant_id)
    if grant is None or grant.removed_at is None or grant.user_id != user_id:
        raise GrantMissingError(grant_id)
    return grant


def _granted(grant: Grant | None, grant_id: UUID, user_id: str | None) -> Grant:
    if grant is None or grant.removed_at or user_id not in (None, grant.user_id):
        raise GrantMissingError(grant_id)
    return grant


def held_categories(session: Session, user_id: str) -> frozenset[str]:
    """Returns the categories of the person's roles and pending requests."""
    pending = select(RoleRequest.category_id).where(
        RoleRequest.user_id == user_id, RoleRequest.state == RequestState.PENDING
    )
    granted = select(Grant.category_id).where(Grant.user_id == user_id, Grant.removed_at.is_(None))
    return frozenset(session.scalars(pending.union(granted)))


def pending_part(session: Session, user_id: str, role_id: str, option_id: str | None, scope: str) -> Part | None:
    """Returns the person's pending part for the role and organization, or None."""
    query = select(Part).where(
        Part.user_id == user_id,
        Part.role_id == role_id,
        Part.option_id.is_not_distinct_from(option_id),
        Part.scope == scope,
        Part.state == PartState.PENDING,
    )
    return session.scalar(query)


def grant_for(session: Session, user_id: str, role_id: str, option_id: str | None, scope: str) -> Grant | None:
    """Returns the person's role for the organization, or None."""
    query = select(Grant).where(
        Grant.user_id == user_id,
        Grant.role_id == role_id,
        Grant.option_id.is_not_distinct_from(option_id),
        Grant.scope == scope,
        Grant.removed_at.is_(None),
    )
    return session.scalar(query)


def organization(session: Session, key: OrganizationKey) -> OrganizationRow | None:
    """Returns an organization, or None."""
    return session.get(OrganizationRow, tuple(key))


def organizations(session: Session, kind: str) -> Sequence[OrganizationRow]:
    """Returns all organizations of a kind by name."""
    return session.scalars(
        select(OrganizationRow).where(OrganizationRow.kind == kind).order_by(func.lower(OrganizationRow.name))
    ).all()


def all_organizations(session: Session) -> Sequence[OrganizationRow]:
    """Returns all organizations of every kind, in no order."""
    return session.scalars(select(OrganizationRow)).all()


def search_providers(session: Session, words: str, limit: int) -> Sequence[OrganizationRow]:
    """Returns providers whose CCN begins with, or whose name contains, what was typed; at most `limit`."""
    row = OrganizationRow
    matches = or_(row.id.istartswith(words, autoescape=True), row.name.icontains(words, autoescape=True))
    query = select(row).where(row.kind == "provider", matches).order_by(func.lower(row.name)).limit(limit)
    return session.scalars(query).all()


def count_organizations(session: Session) -> dict[str, int]:
    """Returns how many organizations of each kind are there."""
    rows = session.execute(select(OrganizationRow.kind, func.count()).group_by(OrganizationRow.kind))
    return {kind: count for kind, count in rows}  # noqa: C416 - dict() of rows does not type-check
