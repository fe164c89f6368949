"""Officials are newly asked about several approvals at once, as others came, left or are away: one mail of them all."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from approval_svc import absence_queries, digest_queries, queries
from approval_svc.tables import AskingRow
from approval_svc.use_cases import digesting
from approval_svc.use_cases.asking import Asked, request_decision
from approval_svc.use_cases.mail_days import mail_days
from approval_svc.use_cases.timing import timing_of
from shared.contracts import DigestKind

log = structlog.get_logger(__name__)


def tell_asked(
    session: Session, asked: Sequence[Asked], at_most: timedelta, now: datetime, *, at_once: bool = False
) -> None:
    """Publishes before whom these approvals are now; whoever is newly asked about several has one mail of them.

    Mail waits for the mail hours, unless somebody has just done what calls for it and it goes out `at_once`. Those who
    want nothing but a daily digest find it there; where that one mail cannot be made there is one of each. The caller
    holds the requests.
    """
    digested = {
        asking.official_id
        for user_id, theirs in _together(session, asked).items()
        if _is_made(session, user_id, theirs, at_most, now, at_once=at_once)
        for asking in theirs
    }
    for approval, newly, ends in asked:
        request_decision(
            session,
            approval,
            newly,
            ends,
            now,
            not_before=None if at_once else timing_of(session, approval).mail_at(now),
            digested=[row.id for row in newly if row.id in digested],
        )


def _is_made(
    session: Session, user_id: str, askings: Sequence[AskingRow], at_most: timedelta, now: datetime, *, at_once: bool
) -> bool:
    try:
        with session.begin_nested():
            hours = mail_days(session, absence_queries.rows_of(session, user_id))
            not_before = now if at_once else hours.mail_at(now)
            digesting.make(session, askings, DigestKind.ASKED, at_most, now, not_before=not_before)
    except Exception:
        log.exception("digest could not be made", user_id=user_id)
        return False
    return True


def _together(session: Session, asked: Sequence[Asked]) -> dict[str, list[AskingRow]]:
    """Returns what each person is newly asked who is asked about several, by user id."""
    people: dict[str, list[AskingRow]] = defaultdict(list)
    for approval, newly, _ in asked:
        by_digest = digest_queries.only_by_digest(session, newly)
        for asking in queries.live_askings(approval):
            if asking.official in newly and asking.official_id not in by_digest:
                people[asking.official.user_id].append(asking)
    return {user_id: theirs for user_id, theirs in people.items() if len(theirs) > 1}
