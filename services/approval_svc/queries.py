"""Reads that more than one caller needs, and the locks that writers take before they read.

Locks are always taken in this order: the directory, then a request, then its approvals. A worker handles many messages
in one transaction, so it takes the directory for all of them before the first (`worker.prepare`). Requests it locks in
the order of their messages: only a routing of the beat, which locks several too, can meet it there and be tried again.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, Text, and_, cast, func, or_, select, text, union_all, update
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from approval_svc import reference
from approval_svc.domain.approvals import OPEN, Approval, State
from approval_svc.domain.routing import (
    NATIONAL,
    AuthorityId,
    Candidate,
    OrganizationId,
    Requester,
    Routing,
    authorities,
    route,
)
from approval_svc.tables import ApprovalRow, AskingRow, GrantRow, HistoryRow, OfficialRow, RequestRow
from shared.locks import Lock


def hold_directory(session: Session) -> None:
    """Keeps the directory from changing until this transaction ends; routing in parallel goes on.

    Without it an official who is added while a request is being routed would be overlooked for good.
    """
    session.execute(select(func.pg_advisory_xact_lock_shared(Lock.DIRECTORY.value, 0)))


def lock_directory(session: Session) -> None:
    """Takes the directory for a change: waits for routings under way, and later ones wait for this transaction."""
    session.execute(select(func.pg_advisory_xact_lock(Lock.DIRECTORY.value, 0)))


def lock_request(session: Session, request_id: UUID) -> RequestRow | None:
    """Returns the request, its approvals and who was asked, read afresh under a lock, or None.

    The request's row is locked besides its approvals', because the last decision of several must know that it is
    the last.
    """
    request = session.scalar(
        select(RequestRow)
        .where(RequestRow.id == request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if request is not None:
        session.scalars(
            select(ApprovalRow)
            .where(ApprovalRow.request_id == request_id)
            .order_by(ApprovalRow.id)
            .with_for_update()
            .execution_options(populate_existing=True)
            .options(selectinload(ApprovalRow.askings).joinedload(AskingRow.official))
        ).all()
        session.refresh(request, ["approvals"])
    return request


def grants_of(session: Session, user_id: str) -> Sequence[GrantRow]:
    """Returns every grant of the person that was heard of, ended ones too, the first one first."""
    return session.scalars(select(GrantRow).where(GrantRow.holder_user_id == user_id).order_by(GrantRow.id)).all()


def find_approval(session: Session, approval_id: UUID) -> ApprovalRow | None:
    """Returns the approval with its request and who was asked, or None."""
    return session.scalar(
        select(ApprovalRow)
        .where(ApprovalRow.id == approval_id)
        .options(
            selectinload(ApprovalRow.request).selectinload(RequestRow.approvals),
            selectinload(ApprovalRow.askings).joinedload(AskingRow.official),
        )
    )


def find_request(session: Session, request_id: UUID) -> RequestRow | None:
    """Returns the request with its approvals, or None."""
    return session.scalar(
        select(RequestRow)
        .where(RequestRow.id == request_id)
        .options(
            selectinload(RequestRow.approvals).selectinload(ApprovalRow.askings).joinedload(AskingRow.official),
        )
    )


def asking_of(approval: ApprovalRow, official_id: UUID) -> AskingRow | None:
    """Returns when and until when the official was asked to decide, or None when they never were."""
    return next((asking for asking in approval.askings if asking.official_id == official_id), None)


def asking_of_person(approval: ApprovalRow, user_id: str) -> AskingRow | None:
    """Returns the asking of the official with this user id; a live one before one that has ended."""
    theirs = [asking for asking in approval.askings if asking.official.user_id == user_id]
    return min(theirs, key=lambda asking: asking.ended_at is not None, default=None)


def live_askings(approval: ApprovalRow) -> list[AskingRow]:
    """Returns who may decide the approval now."""
    return [asking for asking in approval.askings if asking.ended_at is None]


def as_domain(approval: ApprovalRow, *, needs_sign_in: bool = False) -> Approval:
    """Returns the approval as the rules see it."""
    return Approval(
        state=approval.state,
        asked=frozenset(asking.official_id for asking in live_askings(approval)),
        requester=requester_of(approval.request),
        needs_sign_in=needs_sign_in,
        decided_by=approval.decided_by,
        level=approval.level,
    )


def requester_of(request: RequestRow) -> Requester:
    """Returns the requester as the rules see them."""
    return Requester(user_id=request.requester_user_id, email=request.requester_email)


def organization_of(approval: ApprovalRow) -> OrganizationId | None:
    """Returns the organization that the approval is for, or None for a national one."""
    if approval.organization_kind is None or approval.organization_id is None:
        return None
    return OrganizationId(kind=approval.organization_kind, id=approval.organization_id)


def routing_of(session: Session, approval: ApprovalRow) -> Routing:
    """Returns where the approval goes as the directory stands now."""
    request = approval.request
    chain = reference.chain_for(request.role_id, request.survey_for)
    organization = organization_of(approval)
    found = officials_of(session, authorities(chain, organization))
    return route(chain, organization, [candidate(row) for row in found], requester_of(request))


def officials_of(session: Session, asked: Iterable[AuthorityId]) -> Sequence[OfficialRow]:
    """Returns every official of these authorities, removed ones too, longest-serving first."""
    pairs = [and_(OfficialRow.authority_kind == each.kind, OfficialRow.authority_id == each.id) for each in asked]
    return session.scalars(
        select(OfficialRow).where(or_(*pairs)).order_by(OfficialRow.added_at, OfficialRow.user_id)
    ).all()


def candidate(row: OfficialRow) -> Candidate:
    """Returns the official as the rules see them."""
    return Candidate(
        official_id=row.id,
        authority=row.authority,
        user_id=row.user_id,
        email=row.email,
        active=row.active,
        reachable=row.reachable,
    )


def find_official(session: Session, authority: AuthorityId, user_id: str) -> OfficialRow | None:
    """Returns the person's row for this authority, or None."""
    return session.scalar(
        select(OfficialRow).where(
            OfficialRow.authority_kind == authority.kind,
            OfficialRow.authority_id == authority.id,
            OfficialRow.user_id == user_id,
        )
    )


def authorities_of(session: Session, user_id: str) -> list[AuthorityId]:
    """Returns the authorities that the person stands for now."""
    theirs = select(OfficialRow).where(OfficialRow.user_id == user_id, OfficialRow.active)
    return [
        row.authority for row in session.scalars(theirs.order_by(OfficialRow.authority_kind, OfficialRow.authority_id))
    ]


def requests_concerning(session: Session, authority: AuthorityId) -> Sequence[UUID]:
    """Returns the requests with an open approval that this authority has, or could have, a say in; oldest first."""
    return session.scalars(
        select(ApprovalRow.request_id)
        .where(ApprovalRow.state.in_(OPEN), _concerns(authority))
        .group_by(ApprovalRow.request_id)
        .order_by(ApprovalRow.request_id)
    ).all()


def claim_unroutable(session: Session, now: datetime, limit: int) -> Sequence[UUID]:
    """Locks the requests of up to `limit` approvals that nobody could decide, and returns their ids, each once.

    Those that were not looked at for longest; that they are now is noted, so that the others have their turn. What
    somebody else has locked is left out.
    """
    longest_ago = (
        select(ApprovalRow.id, RequestRow.id.label("request_id"))
        .join(RequestRow, ApprovalRow.request_id == RequestRow.id)
        .where(ApprovalRow.state == State.UNROUTABLE)
        .order_by(ApprovalRow.looked_at.nulls_first(), ApprovalRow.id)
        .limit(limit)
        .with_for_update(of=RequestRow, skip_locked=True)
    )
    found = session.execute(longest_ago).all()
    session.execute(update(ApprovalRow).where(ApprovalRow.id.in_([row.id for row in found])).values(looked_at=now))
    return tuple(dict.fromkeys(row.request_id for row in found))


def _concerns(authority: AuthorityId) -> ColumnElement[bool]:
    if authority.kind in NATIONAL:
        higher = or_(ApprovalRow.authority_kind.in_(NATIONAL), ApprovalRow.level > 0, ApprovalRow.state == "unroutable")
        return or_(higher, ApprovalRow.id.in_(_asked_of(authority)))
    return and_(ApprovalRow.organization_kind == authority.kind, ApprovalRow.organization_id == authority.id)


def _asked_of(authority: AuthorityId) -> CompoundSelect[UUID]:
    """Returns what officials of the authority are asked, whoever's place they take, or others in their place."""
    absent = aliased(OfficialRow)
    named = func.jsonb_build_array(func.jsonb_build_object("official", cast(absent.id, Text)))
    in_their_place = select(absent.id).where(
        absent.authority_kind == authority.kind, absent.authority_id == authority.id, AskingRow.acts_for.contains(named)
    )
    own = and_(OfficialRow.authority_kind == authority.kind, OfficialRow.authority_id == authority.id)
    live = select(AskingRow.approval_id).where(AskingRow.ended_at.is_(None))
    # Two reads, each by an index (ix_askings_live, ix_askings_acting): one with "or" would read every asking.
    acting = live.where(AskingRow.acts_for != text("'[]'::jsonb"), in_their_place.exists())
    return union_all(live.join(OfficialRow).where(own), acting)


def waiting_for(session: Session, user_id: str) -> Sequence[ApprovalRow]:
    """Returns the approvals that wait for this person's decision, oldest request first."""
    return (
        session.scalars(
            select(ApprovalRow)
            .join(AskingRow)
            .join(OfficialRow)
            .join(RequestRow, ApprovalRow.request_id == RequestRow.id)
            .where(
                ApprovalRow.state == State.ASKED,
                AskingRow.ended_at.is_(None),
                OfficialRow.user_id == user_id,
                OfficialRow.active,
            )
            .order_by(RequestRow.submitted_at, ApprovalRow.id)
            .options(selectinload(ApprovalRow.request))
        )
        .unique()
        .all()
    )


def waiting_for_official(session: Session, official: OfficialRow) -> Sequence[UUID]:
    """Returns the approvals that wait for the decision of this official, oldest first."""
    return session.scalars(
        select(ApprovalRow.id)
        .join(AskingRow)
        .where(ApprovalRow.state == State.ASKED, AskingRow.ended_at.is_(None), AskingRow.official_id == official.id)
        .order_by(ApprovalRow.id)
    ).all()


def history_of(session: Session, request_id: UUID, approval_id: UUID | None = None) -> Sequence[HistoryRow]:
    """Returns what happened to the request, oldest first; with an approval, without what happened to the others."""
    lines = select(HistoryRow).where(HistoryRow.request_id == request_id)
    if approval_id is not None:
        lines = lines.where(or_(HistoryRow.approval_id.is_(None), HistoryRow.approval_id == approval_id))
    return session.scalars(lines.order_by(HistoryRow.at, HistoryRow.id)).all()


def unroutable(session: Session) -> Sequence[ApprovalRow]:
    """Returns the approvals that nobody can decide now, the one that waits longest first."""
    return session.scalars(
        select(ApprovalRow)
        .where(ApprovalRow.state == State.UNROUTABLE)
        .order_by(ApprovalRow.state_since, ApprovalRow.id)
        .options(selectinload(ApprovalRow.request))
    ).all()


def all_officials(session: Session) -> Sequence[OfficialRow]:
    """Returns the whole directory, removed officials too, by authority and name."""
    return session.scalars(
        select(OfficialRow).order_by(
            OfficialRow.authority_kind, OfficialRow.authority_id, OfficialRow.active.desc(), OfficialRow.name
        )
    ).all()


def refused_addresses(session: Session) -> Sequence[OfficialRow]:
    """Returns the officials to whom mail is refused, by person and address, the newest refusal first."""
    return session.scalars(
        select(OfficialRow)
        .where(OfficialRow.reachable.is_(False), OfficialRow.active)
        .order_by(OfficialRow.refused_at.desc(), OfficialRow.user_id, OfficialRow.email, OfficialRow.authority_kind)
    ).all()


def moved_away_from(session: Session, officials: Sequence[OfficialRow]) -> Sequence[AskingRow]:
    """Returns what these officials were no longer asked about once mail to them was refused; oldest request first."""
    return session.scalars(
        select(AskingRow)
        .join(AskingRow.official)
        .join(AskingRow.approval)
        .join(ApprovalRow.request)
        .where(OfficialRow.id.in_([row.id for row in officials]), AskingRow.ended_at >= OfficialRow.refused_at)
        .order_by(RequestRow.submitted_at, ApprovalRow.id)
        .options(joinedload(AskingRow.approval).joinedload(ApprovalRow.request))
    ).all()
