"""An official hands many approvals over in one go, each alone, to one receiver with one note for all."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from approval_svc.use_cases.decide_many import Chosen
from approval_svc.use_cases.each_alone import Results, Transaction, each_alone
from approval_svc.use_cases.hand_over import hand_over
from approval_svc.use_cases.tell_handed_over import tell_handed_over

log = structlog.get_logger(__name__)


def hand_over_many(
    transaction: Transaction,
    chosen: Sequence[Chosen],
    receiver_user_id: str,
    note: str,
    *,
    always_sign_in: bool,
    at_most: timedelta,
    now: datetime,
    enough: Callable[[], bool] = lambda: False,
) -> Results:
    """Hands each approval over as `hand_over` does; returns for each why it was refused, or None.

    The receiver has one mail of them all; where that cannot be told at once, the beat does (`tell_left_over`).
    `enough` says when whoever waits has waited enough: the rest is not reached.
    """
    by_approval = {each.approval_id: each for each in chosen}

    def deed(session: Session, approval_id: UUID) -> None:
        each = by_approval[approval_id]
        hand_over(
            session,
            approval_id,
            each.official_id,
            receiver_user_id,
            note,
            each.way,
            always_sign_in=always_sign_in,
            at_most=at_most,
            now=now,
            one_of_many=True,
        )

    results = each_alone(transaction, by_approval, deed, enough=enough)
    _tell(transaction, [approval_id for approval_id, refused in results.items() if refused is None], at_most, now)
    return results


def _tell(transaction: Transaction, done: Sequence[UUID], at_most: timedelta, now: datetime) -> None:
    if not done:
        return
    try:
        with transaction() as session:
            tell_handed_over(session, done, at_most, now)
    except OperationalError as error:
        # What was done is done, and the report says so: the receiver is told by the next tick.
        log.warning("database not usable", error=type(error.orig).__name__)
