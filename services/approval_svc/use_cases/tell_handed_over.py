"""Whoever something was handed over to is told: of one in a mail of its own, of several in one mail that lists them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from approval_svc import digest_queries, queries, talking_queries
from approval_svc.domain.approvals import State
from approval_svc.tables import ApprovalRow, HandoverRow
from approval_svc.use_cases import digesting, reminding, telling
from approval_svc.use_cases.digesting import HandedOver
from shared.contracts import ApprovalHandedOver, DigestKind
from shared.messaging.outbox import publish

BATCH = 500
TOLD_WITHIN = timedelta(minutes=1)
"""Longer than it takes to hand many over in one go: what is older was left over when that broke off."""
TRIED_AGAIN_AFTER = timedelta(minutes=15)

log = structlog.get_logger(__name__)


def tell_handed_over(session: Session, approval_ids: Collection[UUID], at_most: timedelta, now: datetime) -> None:
    """Tells the receivers of these approvals, which were handed over in one go. `at_most` is how long links may work.

    Mail of it goes out whatever the hour: somebody has just done it.
    """
    queries.hold_directory(session)
    _tell(session, talking_queries.claim_untold(session, approval_ids), at_most, now)


def tell_left_over(session: Session, at_most: timedelta, now: datetime) -> int:
    """Tells of what was handed over when whoever was about to tell was stopped; returns of how many approvals."""
    # The directory before the rows, as everywhere: whoever changes it ends handovers.
    queries.hold_directory(session)
    rows = talking_queries.claim_due_untold(session, now, BATCH)
    _tell(session, rows, at_most, now)
    return len(rows)


def tell_of_one(session: Session, approval: ApprovalRow, row: HandoverRow, giver: str, now: datetime) -> None:
    """Tells the receiver of this one alone, with the note; nobody when it waits for them no more.

    `giver` is the name of who handed it over, with those of the absent in whose place.
    """
    # The receiver may have been asked already, for another authority than the one that was chosen.
    asking = queries.asking_of_person(approval, row.receiver.user_id)
    if asking is None or asking.ended_at is not None:
        return
    # Somebody has just done it, so mail goes out whatever the hour.
    values = reminding.as_it_stands(session, approval, asking.links_expire_at, now)
    handed = ApprovalHandedOver(
        **values, handed_by=giver, handed_to=asking.official_id, note=row.note, handed_at=row.handed_at
    )
    publish(session, handed, correlation_id=approval.request.correlation_id, now=now)


def _tell(session: Session, rows: Iterable[HandoverRow], at_most: timedelta, now: datetime) -> None:
    together: dict[tuple[str, str, str], list[HandoverRow]] = defaultdict(list)
    for row in rows:
        row.tell_at = None
        together[row.receiver.user_id, _giver(row), row.note].append(row)
    for (user_id, giver, note), theirs in together.items():
        _tell_one_person(session, user_id, HandedOver(by=giver, note=note), theirs, at_most, now)


def _tell_one_person(
    session: Session, user_id: str, handed: HandedOver, rows: Sequence[HandoverRow], at_most: timedelta, now: datetime
) -> None:
    """Tells of what still waits for the person, in one mail where that can be made."""
    try:
        with session.begin_nested():
            askings = digest_queries.waiting_askings(session, user_id, [row.approval_id for row in rows])
            if len({asking.approval_id for asking in askings}) > 1:
                digesting.make(session, askings, DigestKind.HANDED_OVER, at_most, now, not_before=now, handed=handed)
                return
    except Exception:
        log.exception("digest could not be made", user_id=user_id)
    for row in rows:
        _tell_or_put_aside(session, row, handed.by, now)


def _tell_or_put_aside(session: Session, row: HandoverRow, giver: str, now: datetime) -> None:
    try:
        with session.begin_nested():
            if row.approval.state == State.ASKED:
                tell_of_one(session, row.approval, row, giver, now)
    except Exception:
        log.exception("handover could not be told", approval_id=str(row.approval_id))
        row.tell_at = now + TRIED_AGAIN_AFTER


def _giver(row: HandoverRow) -> str:
    asking = queries.asking_of(row.approval, row.giver_id)
    return telling.acting_name(asking) if asking else row.giver.name
