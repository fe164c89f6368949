"""The roles of an organization are reviewed: its officials are asked, reminded, and told what came of it."""

from datetime import datetime

from sqlalchemy.orm import Session

from notify_svc.emails import review_closed, review_due
from notify_svc.tables import Notice
from notify_svc.use_cases.calling_off import skip_unsent
from notify_svc.use_cases.store_notice import Draft, store_notice
from shared.contracts import ReviewClosed, ReviewDue
from shared.messaging.envelope import Envelope

OVER = "The review was over before the mail was sent."


def ask_to_review(session: Session, message: ReviewDue, envelope: Envelope, now: datetime) -> None:
    """Stores a notice for each official who has something to review."""
    for reviewer in message.reviewers:
        context = review_due.context(message, reviewer)
        draft = Draft(template=review_due.EMAIL.name, recipient=reviewer.official, context=context)
        store_notice(session, draft, envelope, now)


def tell_review_closed(session: Session, message: ReviewClosed, envelope: Envelope, now: datetime) -> None:
    """Stores a notice for each official, in place of what still asks for answers or reminds of them."""
    still_due = (Notice.context["review_id"].astext == str(message.review_id), Notice.template == review_due.EMAIL.name)
    skip_unsent(session, *still_due, reason=OVER, now=now)
    for official in message.officials:
        context = review_closed.context(message, official)
        store_notice(
            session, Draft(template=review_closed.EMAIL.name, recipient=official, context=context), envelope, now
        )
