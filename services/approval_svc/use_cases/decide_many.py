"""An official decides many approvals in one go, each alone, with one choice for all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from approval_svc.domain.approvals import Way
from approval_svc.domain.choices import Choice
from approval_svc.use_cases.decide import decide
from approval_svc.use_cases.each_alone import Results, Transaction, each_alone


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """One approval of many: the official who decides it, and how they came to it."""

    approval_id: UUID
    official_id: UUID
    way: Way


def decide_many(
    transaction: Transaction,
    chosen: Sequence[Chosen],
    choice: Choice,
    *,
    always_sign_in: bool,
    now: datetime,
    enough: Callable[[], bool] = lambda: False,
) -> Results:
    """Decides each approval as `decide` does; returns for each why it was refused, or None.

    `choice` is the same for all. What only one of them could be given, such as disciplines, is not for many.
    `enough` says when whoever waits has waited enough: the rest is not reached.
    """
    by_approval = {each.approval_id: each for each in chosen}

    def deed(session: Session, approval_id: UUID) -> None:
        each = by_approval[approval_id]
        decide(session, approval_id, each.official_id, choice, each.way, always_sign_in=always_sign_in, now=now)

    return each_alone(transaction, by_approval, deed, enough=enough)
