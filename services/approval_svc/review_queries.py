"""Reads of reviews: what is due, which roles there are to review, who may answer, and how far it has come."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, any_, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from approval_svc import absence_queries, activity_queries, queries, reference
from approval_svc.domain.assignment import Assigned
from approval_svc.domain.reviews import reviewers
from approval_svc.domain.routing import NATIONAL, AuthorityId, OrganizationId, Requester, authorities, is_same
from approval_svc.tables import GrantRow, OfficialRow, ReviewItemRow, ReviewPlanRow, ReviewRow


@dataclass(frozen=True, kw_only=True)
class Line:
    """One role of a review as it stands: who may answer, and when its holder signed in last."""

    item: ReviewItemRow
    reviewers: tuple[Assigned, ...]
    last_sign_in_at: datetime | None

    @property
    def grant(self) -> GrantRow:
        """The role."""
        return self.item.grant

    @property
    def is_gone(self) -> bool:
        """Whether the role has ended, or is about to, without an answer here."""
        return self.item.answer is None and (self.grant.removed_at is not None or self.grant.end_ordered_at is not None)

    @property
    def is_open(self) -> bool:
        """Whether an answer is waited for."""
        return self.item.answer is None and not self.is_gone

    def reviewer(self, user_id: str) -> Assigned | None:
        """Returns the person as one of those who may answer, or None."""
        return next((each for each in self.reviewers if is_same(each.candidate.user_id, user_id)), None)


def claim_plans(session: Session, now: datetime, limit: int) -> Sequence[ReviewPlanRow]:
    """Locks up to `limit` authorities whose review is to begin, those due longest first; others' are left out."""
    due = select(ReviewPlanRow).where(ReviewPlanRow.due_at <= now).order_by(ReviewPlanRow.due_at).limit(limit)
    return session.scalars(due.with_for_update(skip_locked=True)).all()


def claim_reviews(session: Session, now: datetime, limit: int) -> Sequence[ReviewRow]:
    """Locks up to `limit` reviews to be reminded of or closed, those due longest first; others' are left out."""
    due = select(ReviewRow).where(ReviewRow.closed_at.is_(None), ReviewRow.next_at <= now)
    return session.scalars(due.order_by(ReviewRow.next_at).limit(limit).with_for_update(skip_locked=True)).all()


def lock_plan(session: Session, authority: AuthorityId) -> ReviewPlanRow | None:
    """Returns when the authority's next review begins, locked, or None."""
    return session.get(ReviewPlanRow, (authority.kind, authority.id), with_for_update=True, populate_existing=True)


def find_review(session: Session, review_id: UUID, *, lock: bool = False) -> ReviewRow | None:
    """Returns the review, also one that is closed, or None; `lock` keeps others from changing it."""
    return session.get(ReviewRow, review_id, with_for_update=lock, populate_existing=True)


def open_review_of(session: Session, authority: AuthorityId) -> ReviewRow | None:
    """Returns the review of the authority's roles that is under way, or None."""
    return session.scalar(select(ReviewRow).where(ReviewRow.closed_at.is_(None), _is_of(authority)))


def look_again(session: Session, authority: AuthorityId, now: datetime) -> None:
    """Lets the next tick look at the open reviews that officials of this authority have, or had, a say in."""
    concerned = _is_of(authority)
    if authority.kind in NATIONAL:
        theirs = and_(OfficialRow.authority_kind == authority.kind, OfficialRow.authority_id == authority.id)
        asked = select(OfficialRow.id).where(theirs, OfficialRow.user_id == any_(ReviewRow.asked))
        concerned = or_(concerned, asked.exists())
    under_way = (ReviewRow.closed_at.is_(None), ReviewRow.next_at > now, concerned)
    session.execute(
        update(ReviewRow).where(*under_way).values(next_at=now).execution_options(synchronize_session=False)
    )


def roles_to_review(session: Session, authority: AuthorityId) -> Sequence[GrantRow]:
    """Returns the roles that people have now at the authority's organization, or the national ones for CMS."""
    live = select(GrantRow).where(GrantRow.removed_at.is_(None), GrantRow.end_ordered_at.is_(None))
    if authority.kind in NATIONAL:
        return session.scalars(live.where(GrantRow.organization_kind.is_(None)).order_by(GrantRow.id)).all()
    theirs = and_(GrantRow.organization_kind == authority.kind, GrantRow.organization_id == authority.id)
    return session.scalars(live.where(theirs).order_by(GrantRow.id)).all()


def lines_of(session: Session, review: ReviewRow, *, lock: bool = False) -> list[Line]:
    """Returns every role of the review by name of its holder; `lock` keeps the roles from ending otherwise."""
    wanted = select(ReviewItemRow).join(GrantRow).where(ReviewItemRow.review_id == review.id)
    ordered = wanted.order_by(GrantRow.holder_name, GrantRow.role_name, GrantRow.id).options(
        joinedload(ReviewItemRow.grant, innerjoin=True)
    )
    if lock:
        grants = select(GrantRow.id).join(ReviewItemRow).where(ReviewItemRow.review_id == review.id)
        session.execute(grants.order_by(GrantRow.id).with_for_update(of=GrantRow))
    items = session.scalars(ordered.execution_options(populate_existing=True)).all()
    signed_in = activity_queries.last_sign_ins(session, list({item.grant.holder_user_id for item in items}))
    may = may_review(session, review.authority)
    return [
        Line(item=item, reviewers=may(item.grant), last_sign_in_at=signed_in.get(item.grant.holder_user_id))
        for item in items
    ]


def may_review(session: Session, authority: AuthorityId) -> Callable[[GrantRow], tuple[Assigned, ...]]:
    """Returns a function that says which officials may say of a role of this authority whether it is still needed."""
    chain = reference.kinds_above(authority.kind)
    organization = None if authority.kind in NATIONAL else OrganizationId(kind=authority.kind, id=authority.id)
    directory = [queries.candidate(row) for row in queries.officials_of(session, authorities(chain, organization))]
    absences = absence_queries.away_among(session, {each.user_id for each in directory})
    known: dict[tuple[str, str], tuple[Assigned, ...]] = {}

    def of_holder(grant: GrantRow) -> tuple[Assigned, ...]:
        holder = (grant.holder_user_id, grant.holder_email)
        if holder not in known:
            person = Requester(user_id=grant.holder_user_id, email=grant.holder_email)
            known[holder] = reviewers(chain, organization, directory, person, absences)
        return known[holder]

    return of_holder


def officials_by_id(session: Session, ids: Iterable[UUID]) -> dict[UUID, OfficialRow]:
    """Returns these officials by id."""
    rows = session.scalars(select(OfficialRow).where(OfficialRow.id.in_(list(ids))))
    return {row.id: row for row in rows}


def officials_told(session: Session, review: ReviewRow) -> Sequence[OfficialRow]:
    """Returns whom mail of the review reaches: who was asked and is an official of its chain still, each once."""
    chain = reference.kinds_above(review.authority_kind)
    rows = queries.officials_of(session, authorities(chain, review.organization))
    told = [row for row in rows if row.active and row.reachable and row.user_id in review.asked]
    return list({row.user_id: row for row in reversed(told)}.values())[::-1]


def reviews_for(session: Session, user_id: str) -> Sequence[tuple[ReviewRow, int]]:
    """Returns the reviews that the person was asked to answer, or may see, with how many roles wait for an answer.

    Those under way first, the one that ends soonest first; of closed ones the newest twenty.
    """
    own = [_is_of(each) for each in queries.authorities_of(session, user_id)]
    waiting = (
        select(func.count())
        .select_from(ReviewItemRow)
        .join(GrantRow)
        .where(
            ReviewItemRow.review_id == ReviewRow.id,
            ReviewItemRow.answer.is_(None),
            GrantRow.removed_at.is_(None),
            GrantRow.end_ordered_at.is_(None),
        )
        .scalar_subquery()
    )
    wanted = select(ReviewRow, waiting).where(or_(ReviewRow.asked.contains([user_id]), *own))
    under_way = session.execute(wanted.where(ReviewRow.closed_at.is_(None)).order_by(ReviewRow.ends_at)).all()
    closed = wanted.where(ReviewRow.closed_at.is_not(None)).order_by(ReviewRow.closed_at.desc()).limit(20)
    return [(row[0], row[1]) for row in (*under_way, *session.execute(closed).all())]


def has_part(session: Session, review: ReviewRow, lines: Sequence[Line], user_id: str) -> bool:
    """Whether the review is the person's business: they were asked, could answer, or stand for its authority."""
    if user_id in review.asked or review.authority in queries.authorities_of(session, user_id):
        return True
    return any(line.reviewer(user_id) for line in lines)


def visible_to(session: Session, review: ReviewRow, lines: Sequence[Line], user_id: str) -> list[Line]:
    """Returns what of the review the person may see: all of their own authority, else what is theirs to answer."""
    if review.authority in queries.authorities_of(session, user_id):
        return list(lines)
    return [line for line in lines if line.reviewer(user_id)]


def all_reviews(session: Session) -> Sequence[ReviewRow]:
    """Returns the reviews under way, the one that ends soonest first."""
    return session.scalars(select(ReviewRow).where(ReviewRow.closed_at.is_(None)).order_by(ReviewRow.ends_at)).all()


def _is_of(authority: AuthorityId) -> ColumnElement[bool]:
    return and_(ReviewRow.authority_kind == authority.kind, ReviewRow.authority_id == authority.id)
