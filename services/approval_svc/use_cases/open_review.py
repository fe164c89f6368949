"""A review of an authority's roles begins: it is planned with the first role, and opened when its time has come."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from approval_svc import queries, reference, review_queries
from approval_svc.calendars import NATIONAL_ZONE
from approval_svc.domain.reviews import authority_of, ends_at, next_review, reminders
from approval_svc.domain.routing import NATIONAL, AuthorityId
from approval_svc.tables import GrantRow, ReviewItemRow, ReviewPlanRow, ReviewRow
from approval_svc.use_cases import reviewing
from shared.contracts import Organization
from shared.ids import new_id


def plan_review(session: Session, organization: Organization | None, now: datetime) -> None:
    """Plans the first review of the authority to which a new role belongs; one that is planned stays."""
    authority = authority_of(organization.kind if organization else None, organization.id if organization else None)
    zone = ZoneInfo((organization.time_zone if organization else None) or NATIONAL_ZONE)
    due_at = next_review(now, reviewing.policy_of(authority).review.every_months, zone)
    row = insert(ReviewPlanRow).values(authority_kind=authority.kind, authority_id=authority.id, due_at=due_at)
    session.execute(row.on_conflict_do_nothing())


def open_review(session: Session, authority: AuthorityId, now: datetime) -> ReviewRow | None:
    """Opens a review of the authority's roles, asks its officials, and returns it.

    None, and no mail, where there is nothing to review, nobody to do it, or a review under way.
    """
    queries.hold_directory(session)
    grants = review_queries.roles_to_review(session, authority)
    if not grants or review_queries.open_review_of(session, authority) is not None:
        return None
    may = review_queries.may_review(session, authority)
    if not any(may(grant) for grant in grants):
        return None
    review = _new(session, authority, grants, now)
    reviewing.tell_due(session, review, review_queries.lines_of(session, review), now)
    return review


def next_time(session: Session, review: ReviewRow, now: datetime) -> datetime:
    """Returns when the review is to be reminded of after `now`, or its end: the policy's notices before an expiry."""
    return min((instant for instant in _planned(session, review) if instant > now), default=review.ends_at)


def reminders_due(session: Session, review: ReviewRow, now: datetime) -> int:
    """Returns how many of the review's reminders have become due."""
    return sum(instant <= now for instant in _planned(session, review))


def _planned(session: Session, review: ReviewRow) -> Sequence[datetime]:
    calendar, hours = reviewing.timing_of(session, review)
    policy = reviewing.policy_of(review.authority)
    return reminders(calendar, hours, review.opened_at, policy.review.answer_within, policy.expiry_notices)


def _new(session: Session, authority: AuthorityId, grants: Sequence[GrantRow], now: datetime) -> ReviewRow:
    newest = max(grants, key=lambda grant: grant.id)
    is_national = authority.kind in NATIONAL
    name = None if is_national else newest.organization_name or authority.id
    review = ReviewRow(
        id=new_id(),
        authority_kind=authority.kind,
        authority_id=authority.id,
        authority_name=reference.authority_name(authority.kind, name),
        organization_name=name,
        time_zone=None if is_national else newest.organization_time_zone,
        opened_at=now,
        ends_at=now,
        next_at=now,
        reminders=0,
        asked=[],
    )
    calendar, hours = reviewing.timing_of(session, review)
    review.ends_at = ends_at(calendar, hours, now, reviewing.policy_of(authority).review.answer_within)
    review.next_at = next_time(session, review, now)
    session.add(review)
    session.add_all(ReviewItemRow(review_id=review.id, grant_id=grant.id) for grant in grants)
    session.flush()
    return review
