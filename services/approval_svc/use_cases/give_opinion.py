"""An official who was asked for an opinion gives it; whoever decides is told."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from approval_svc import queries, talking_queries
from approval_svc.domain import opinions
from approval_svc.domain.approvals import Way
from approval_svc.domain.refusals import NotAskedError, RefusedError
from approval_svc.domain.talking import NO_OPINION, written
from approval_svc.tables import OfficialRow, OpinionRow
from approval_svc.use_cases import telling
from approval_svc.use_cases.decide import needs_sign_in
from approval_svc.use_cases.reminding import awaited
from approval_svc.use_cases.timing import timing_of
from shared import audit
from shared.audit import Action
from shared.contracts import OpinionGiven
from shared.messaging.outbox import publish


def give_opinion(
    session: Session,
    opinion_id: UUID,
    answer: str,
    way: Way,
    *,
    always_sign_in: bool,
    at_most: timedelta,
    now: datetime,
) -> None:
    """Keeps the answer and tells who asked, or whoever decides now in their place.

    Raises:
        RefusedError: the opinion is not, or no longer, theirs to give, or the answer cannot be taken.
    """
    found = talking_queries.find_opinion(session, opinion_id)
    if found is None:
        raise NotAskedError
    queries.lock_request(session, found.approval.request_id)
    session.refresh(found)
    refused = refusal(found, way, always_sign_in=always_sign_in, now=now)
    if refused is not None:
        raise refused
    found.answer, found.answered_at = written("answer", answer, NO_OPINION), now
    approval = found.approval
    text = f"{found.official.name} gave {found.asked_by.name} their opinion."
    telling.note(session, text, request_id=approval.request_id, approval_id=approval.id, now=now)
    _audit(session, found, way, now)
    _tell(session, found, at_most, now)


def refusal(row: OpinionRow, way: Way, *, always_sign_in: bool, now: datetime) -> RefusedError | None:
    """Returns why the opinion cannot be given now, or None when it can."""
    needed = needs_sign_in(row.approval.request, always=always_sign_in)
    return opinions.refusal(queries.as_domain(row.approval, needs_sign_in=needed), _adviser(row, way), now)


def _adviser(row: OpinionRow, way: Way) -> opinions.Adviser:
    official = row.official
    return opinions.Adviser(
        user_id=official.user_id,
        email=official.email,
        active=official.active,
        has_answered=row.answered_at is not None,
        has_moved=official.address_since > row.asked_at,
        way=way,
    )


def _tell(session: Session, row: OpinionRow, at_most: timedelta, now: datetime) -> None:
    told = _concerned(row)
    if not told:
        return
    # Somebody has just done it, so mail goes out whatever the hour.
    values = awaited(session, row.approval, timing_of(session, row.approval), at_most, now) | {"not_before": now}
    message = OpinionGiven(
        **values,
        opinion_id=row.id,
        given_by=row.official.name,
        question=row.question,
        answer=row.answer or "",
        told=tuple(each.id for each in told),
        given_at=now,
    )
    publish(session, message, correlation_id=row.approval.request.correlation_id, now=now)


def _concerned(row: OpinionRow) -> list[OfficialRow]:
    """Returns who asked, or everybody who decides now when they do not any more; never who has just answered."""
    asked = [asking.official for asking in queries.live_askings(row.approval)]
    asker = [each for each in asked if each.user_id == row.asked_by.user_id]
    return asker or [each for each in asked if each.user_id != row.official.user_id]


def _audit(session: Session, row: OpinionRow, way: Way, now: datetime) -> None:
    audit.record(
        session,
        Action.APPROVAL_OPINION_GIVEN,
        ("approval", row.approval.id),
        now=now,
        after={"opinion": row.id, "official": row.official.id, "request": row.approval.request_id},
        who=audit.user(way.signed_in_as) if way.signed_in_as else audit.official(row.official.id),
        correlation_id=row.approval.request.correlation_id,
    )
