"""The same is done to many approvals, each alone: what is refused for one changes nothing for the others."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from uuid import UUID

import structlog
from psycopg import errors
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from approval_svc.domain.refusals import BusyError, NotReachedError, RefusedError

log = structlog.get_logger(__name__)

Transaction = Callable[[], AbstractContextManager[Session]]
"""Begins a transaction that is committed at the end of its block."""

Deed = Callable[[Session, UUID], object]
"""Does it to one approval; raises a RefusedError where it may not be done, and then has changed nothing."""

Results = Mapping[UUID, RefusedError | None]
"""What became of each approval, in the order in which they were named: None when it was done."""

IN_HAND = (errors.LockNotAvailable, errors.DeadlockDetected, errors.QueryCanceled)
"""Somebody else has the one request for longer than we wait; the others may well be free."""


def each_alone(
    transaction: Transaction, approvals: Iterable[UUID], deed: Deed, *, enough: Callable[[], bool] = lambda: False
) -> Results:
    """Does the deed to each approval, each in a transaction of its own.

    What was done stays done when the database goes away in between, or when somebody waits who has waited `enough`;
    the rest is returned as not reached.
    """
    results: dict[UUID, RefusedError | None] = {}
    away = False
    for approval_id in dict.fromkeys(approvals):
        results[approval_id] = NotReachedError() if away or enough() else _one(transaction, approval_id, deed)
        away = away or isinstance(results[approval_id], NotReachedError)
    return results


def _one(transaction: Transaction, approval_id: UUID, deed: Deed) -> RefusedError | None:
    try:
        with transaction() as session:
            deed(session, approval_id)
    except RefusedError as refused:
        log.info("refused", refusal=type(refused).__name__, approval_id=str(approval_id))
        return refused
    except OperationalError as error:
        log.warning("database not usable", error=type(error.orig).__name__, approval_id=str(approval_id))
        return BusyError() if isinstance(error.orig, IN_HAND) else NotReachedError()
    return None
