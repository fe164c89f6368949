"""What opening, reminding of, answering and closing a review share: its time, its messages, its end."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from approval_svc import reference, review_queries
from approval_svc.calendars import calendar_for
from approval_svc.domain.business_time import BusinessCalendar, Hours
from approval_svc.domain.reviews import Answer, next_review
from approval_svc.domain.routing import NATIONAL, AuthorityId
from approval_svc.review_queries import Line
from approval_svc.tables import GrantRow, ReviewRow
from approval_svc.use_cases import telling
from approval_svc.use_cases.ordering_ends import Order, order_end
from approval_svc.use_cases.role_ends import mail_at
from shared import audit
from shared.audit import Action
from shared.catalog.deadlines import Policy
from shared.contracts import Authority, EndedBecause, Organization, ReviewClosed, ReviewDue, Reviewer
from shared.messaging.outbox import publish

NOBODY_CONFIRMED = "Nobody confirmed in the review of roles that you still need it."


def policy_of(authority: AuthorityId) -> Policy:
    """Returns by which policy an authority reviews: that of its kind of organization."""
    return reference.deadline_policy("", None if authority.kind in NATIONAL else authority.kind)


def timing_of(session: Session, review: ReviewRow) -> tuple[BusinessCalendar, Hours]:
    """Returns in which calendar, and in which hours, the review is counted."""
    policy = policy_of(review.authority)
    return calendar_for(session, organization_of(review), policy), Hours(*policy.mail_hours)


def opening(
    session: Session, authority: AuthorityId, grants: Sequence[GrantRow], now: datetime
) -> tuple[ZoneInfo, datetime]:
    """Returns in which zone the authority counts, and when mail of a review that begins now may go out."""
    policy = policy_of(authority)
    named = max(grants, key=lambda grant: grant.id, default=None)
    zone = named.organization_time_zone if named else None
    place = (
        None
        if authority.kind in NATIONAL
        else Organization(kind=authority.kind, id=authority.id, name=authority.id, time_zone=zone)
    )
    calendar = calendar_for(session, place, policy)
    return calendar.zone, calendar.within(Hours(*policy.mail_hours), now)


def organization_of(review: ReviewRow) -> Organization | None:
    """Returns the organization whose roles are reviewed, as messages name it; None for a national authority."""
    if review.organization is None:
        return None
    return Organization(
        kind=review.authority_kind,
        id=review.authority_id,
        name=review.organization_name or review.authority_id,
        time_zone=review.time_zone,
    )


def tell_due(session: Session, review: ReviewRow, lines: list[Line], now: datetime, *, newcomers: bool = False) -> None:
    """Tells each official who has something to answer, or the `newcomers` alone: whom nobody told so far."""
    reviewers = _reviewers(session, lines)
    if newcomers:
        reviewers = tuple(each for each in reviewers if each.official.user_id not in review.asked)
    if not reviewers:
        return
    review.asked = sorted({*review.asked, *(each.official.user_id for each in reviewers)})
    message = ReviewDue(
        review_id=review.id,
        authority=_authority(review),
        organization=organization_of(review),
        reviewers=reviewers,
        number=0 if newcomers else review.reminders,
        ends_at=review.ends_at,
        told_at=now,
    )
    publish(session, message, correlation_id=review.id, now=now)
    audit.record(
        session,
        Action.REVIEW_REMINDED if review.reminders else Action.REVIEW_OPENED,
        ("review", review.id),
        now=now,
        after={
            "authority": str(review.authority),
            "asked": {each.official.official_id for each in reviewers},
            "roles": sum(line.is_open for line in lines),
            "ends_at": review.ends_at,
        },
        correlation_id=review.id,
    )


def close(session: Session, review: ReviewRow, lines: list[Line], now: datetime) -> None:
    """Closes the review: what nobody answered follows the policy of each role, and the officials are told.

    A role of which nobody was asked who could answer now is kept whatever the policy says.
    """
    for line in lines:
        if line.item.answer is None:
            line.item.answer, line.item.answered_at = _by_silence(review, line), now
            if line.item.answer is Answer.ENDED:
                not_before = mail_at(session, line.grant, now)
                order = Order(because=EndedBecause.REVIEW, reason=NOBODY_CONFIRMED, not_before=not_before)
                order_end(session, line.grant, order, now)
    review.closed_at = now
    _plan_next(session, review)
    session.flush()
    counted = Counter(line.item.answer for line in lines)
    _tell_closed(session, review, counted, now)
    after = {answer.value: counted[answer] for answer in Answer}
    subject = ("review", review.id)
    audit.record(session, Action.REVIEW_CLOSED, subject, now=now, after=after, correlation_id=review.id)


def would_end(grant: GrantRow) -> bool:
    """Whether silence ends the role."""
    return reference.deadline_policy(grant.role_id, grant.organization_kind).review.silence == "remove"


def _by_silence(review: ReviewRow, line: Line) -> Answer:
    if line.is_gone:
        return Answer.GONE
    was_asked = any(each.candidate.user_id in review.asked for each in line.reviewers)
    return Answer.ENDED if was_asked and would_end(line.grant) else Answer.KEPT


def _plan_next(session: Session, review: ReviewRow) -> None:
    plan = review_queries.lock_plan(session, review.authority)
    if plan is not None:
        calendar, _ = timing_of(session, review)
        months = policy_of(review.authority).review.every_months
        plan.due_at = next_review(review.opened_at, months, calendar.zone)


def _reviewers(session: Session, lines: list[Line]) -> tuple[Reviewer, ...]:
    waiting = [(line, each.official_id) for line in lines if line.is_open for each in line.reviewers]
    left = Counter(official for _, official in waiting)
    ends = Counter(official for line, official in waiting if would_end(line.grant))
    rows = review_queries.officials_by_id(session, left)
    return tuple(
        Reviewer(official=telling.official(row), left=left[row.id], would_end=ends[row.id])
        for row in sorted(rows.values(), key=lambda row: (row.added_at, row.user_id))
    )


def _tell_closed(session: Session, review: ReviewRow, counted: Counter[Answer | None], now: datetime) -> None:
    message = ReviewClosed(
        review_id=review.id,
        authority=_authority(review),
        organization=organization_of(review),
        officials=tuple(telling.official(row) for row in review_queries.officials_told(session, review)),
        confirmed=counted[Answer.CONFIRMED],
        removed=counted[Answer.REMOVED],
        kept_unanswered=counted[Answer.KEPT],
        removed_unanswered=counted[Answer.ENDED],
        gone=counted[Answer.GONE],
        opened_at=review.opened_at,
        closed_at=now,
    )
    publish(session, message, correlation_id=review.id, now=now)


def _authority(review: ReviewRow) -> Authority:
    return Authority(kind=review.authority_kind, id=review.authority_id, name=review.authority_name)
