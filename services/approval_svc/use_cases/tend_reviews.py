"""Time passed: reviews begin, are reminded of, and close, each once, however many beats run."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from approval_svc import queries, review_queries
from approval_svc.domain.reviews import next_review
from approval_svc.review_queries import Line
from approval_svc.tables import ReviewPlanRow, ReviewRow
from approval_svc.use_cases import reviewing
from approval_svc.use_cases.open_review import next_time, open_review, reminders_due

BATCH = 20
TRIED_AGAIN_AFTER = timedelta(minutes=15)
NOBODY_TO_ASK = timedelta(days=1)
"""After so long it is looked again whether there is somebody who can review."""

log = structlog.get_logger(__name__)
Row = TypeVar("Row", ReviewPlanRow, ReviewRow)


def tend_reviews(session: Session, now: datetime) -> int:
    """Begins, reminds of and closes what is due; returns how many authorities it looked at.

    Reviews that another beat, or an official, has in hand are left to the next tick. What is due outside of mail hours
    waits for them. A review that cannot be handled does not hold up the others.
    """
    # The directory before anything else, as everywhere: who may review is read from it.
    queries.hold_directory(session)
    plans = review_queries.claim_plans(session, now, BATCH)
    _each(session, plans, _begin, now, "due_at")
    reviews = review_queries.claim_reviews(session, now, BATCH)
    _each(session, reviews, _go_on, now, "next_at")
    return len(plans) + len(reviews)


def _each(
    session: Session, rows: Sequence[Row], handle: Callable[[Session, Row, datetime], None], now: datetime, due: str
) -> None:
    for row in rows:
        authority = row.authority
        try:
            with session.begin_nested():
                handle(session, row, now)
        except Exception:
            log.exception("review could not be handled", authority=str(authority))
            session.refresh(row)
            setattr(row, due, now + TRIED_AGAIN_AFTER)


def _begin(session: Session, plan: ReviewPlanRow, now: datetime) -> None:
    policy = reviewing.policy_of(plan.authority)
    grants = review_queries.roles_to_review(session, plan.authority)
    zone, mail_at = reviewing.opening(session, plan.authority, grants, now)
    if mail_at > now:
        plan.due_at = mail_at
    elif not grants or open_review(session, plan.authority, now) is not None:
        plan.due_at = next_review(now, policy.review.every_months, zone)
    else:
        plan.due_at = now + NOBODY_TO_ASK


def _go_on(session: Session, review: ReviewRow, now: datetime) -> None:
    calendar, hours = reviewing.timing_of(session, review)
    mail_at = calendar.within(hours, now)
    lines = review_queries.lines_of(session, review, lock=True)
    if mail_at > now:
        review.next_at = mail_at
    elif now >= review.ends_at or not any(line.is_open for line in lines):
        reviewing.close(session, review, lines, now)
    else:
        _tell(session, review, lines, now)


def _tell(session: Session, review: ReviewRow, lines: list[Line], now: datetime) -> None:
    """Reminds those who have something to answer; between reminders tells those whose business it has become."""
    due = reminders_due(session, review, now)
    is_reminder = due > review.reminders
    review.reminders = max(due, review.reminders)
    review.next_at = next_time(session, review, now)
    reviewing.tell_due(session, review, lines, now, newcomers=not is_reminder)
