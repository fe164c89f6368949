"""Officials say of roles under review whether they are still needed: one or many at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from approval_svc import queries, review_queries
from approval_svc.domain.assignment import Assigned
from approval_svc.domain.ending import check_reason
from approval_svc.domain.reviews import Answer
from approval_svc.review_queries import Line
from approval_svc.tables import GrantRow, OfficialRow, ReviewRow
from approval_svc.use_cases import reviewing
from approval_svc.use_cases.ordering_ends import Order, order_end
from shared import audit
from shared.audit import Action
from shared.contracts import EndedBecause

BY_SILENCE: Mapping[Answer | None, str] = {
    Answer.KEPT: "The review was closed before, and the role was kept",
    Answer.ENDED: "The review was closed before, and the role was removed",
    Answer.GONE: "The role has ended meanwhile",
}
"""What the end of a review made of roles that nobody had answered for."""


class Said(StrEnum):
    """What an official says of a role."""

    CONFIRM = "confirm"
    REMOVE = "remove"


class NoSuchReviewError(LookupError):
    """There is no such review, or the person has no part in it."""


class ReviewClosedError(Exception):
    """The review is over: nothing was changed."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of one role: `refused` says why it stayed as it is, None when it was done."""

    grant: GrantRow
    refused: str | None


def answer_review(
    session: Session,
    review_id: UUID,
    user_id: str,
    said: Said,
    *,
    grants: Collection[UUID],
    reason: str | None,
    now: datetime,
) -> list[Result]:
    """Keeps what the person says of these roles; returns what became of each. What is not of the review is left out.

    Closes the review with the last answer.

    Raises:
        NoSuchReviewError: there is none in which the person has a part.
        ReviewClosedError: it is over.
        UnusableChoiceError: a removal without a reason; nothing was changed.
    """
    reason = check_reason(reason) if said is Said.REMOVE else None
    # The directory before the review, as everywhere: who may review is read from it.
    queries.hold_directory(session)
    review = review_queries.find_review(session, review_id, lock=True)
    if review is None:
        raise NoSuchReviewError(str(review_id))
    lines = review_queries.lines_of(session, review, lock=True)
    if not review_queries.has_part(session, review, lines, user_id):
        raise NoSuchReviewError(str(review_id))
    if review.closed_at is not None:
        raise ReviewClosedError
    chosen = [line for line in lines if line.grant.id in grants]
    results = [
        Result(grant=line.grant, refused=_answer(session, review, line, user_id, said, reason, now)) for line in chosen
    ]
    if not any(line.is_open for line in lines):
        reviewing.close(session, review, lines, now)
    return results


def refusal(line: Line, user_id: str) -> str | None:
    """Says why the person cannot answer for this role, in plain words; None when they can."""
    if line.grant.holder_user_id.casefold() == user_id.casefold():
        return "It is your own role: others review it"
    if line.is_gone:
        return "The role has ended meanwhile"
    if line.item.answer is not None:
        return _said_already(line, user_id)
    return None if line.reviewer(user_id) else "It is not yours to review"


def _said_already(line: Line, user_id: str) -> str:
    item, reviewer = line.item, line.reviewer(user_id)
    if item.answer in BY_SILENCE:
        return BY_SILENCE[item.answer]
    is_own = reviewer is not None and reviewer.official_id == item.answered_by
    return f"{'You' if is_own else item.answered_by_name or 'Somebody'} {item.answer} it already"


def _answer(
    session: Session, review: ReviewRow, line: Line, user_id: str, said: Said, reason: str | None, now: datetime
) -> str | None:
    reviewer = line.reviewer(user_id)
    refused = refusal(line, user_id)
    if refused or reviewer is None:
        return refused
    official = session.get_one(OfficialRow, reviewer.official_id)
    item = line.item
    item.answer = Answer.CONFIRMED if said is Said.CONFIRM else Answer.REMOVED
    item.answered_at, item.answered_by, item.reason = now, official.id, reason
    item.answered_by_name = _named(session, official, reviewer)
    _record(session, review, line, official, reviewer, now)
    if said is Said.REMOVE:
        order = Order(
            because=EndedBecause.REVIEW,
            reason=reason,
            by_name=item.answered_by_name,
            by_official=official,
            on_behalf_of=review.authority_name,
            who=audit.user(user_id),
        )
        order_end(session, line.grant, order, now)
    return None


def _named(session: Session, official: OfficialRow, reviewer: Assigned) -> str:
    """Returns "Ann Brown for John Smith" where somebody acts for the absent alone."""
    if reviewer.in_own_right or not reviewer.acts_for:
        return official.name
    absent = [session.get_one(OfficialRow, each.official_id).name for each in reviewer.acts_for]
    return f"{official.name} for {', '.join(absent)}"


def _record(
    session: Session, review: ReviewRow, line: Line, official: OfficialRow, reviewer: Assigned, now: datetime
) -> None:
    confirmed = line.item.answer is Answer.CONFIRMED
    absent = [] if reviewer.in_own_right else [audit.official(each.official_id) for each in reviewer.acts_for]
    audit.record(
        session,
        Action.REVIEW_ROLE_CONFIRMED if confirmed else Action.REVIEW_ROLE_REMOVED,
        ("grant", line.grant.id),
        now=now,
        before={"answer": None},
        after={
            "review": review.id,
            "answer": line.item.answer,
            "holder": line.grant.holder_user_id,
            "official": official.id,
            "reason": line.item.reason,
        },
        who=audit.user(official.user_id),
        on_behalf_of=absent[0] if absent else None,
        correlation_id=review.id,
    )
