"""It is an official's mail hour: what waits for them goes out in one mail, once a business day."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from approval_svc import digest_queries, queries
from approval_svc.tables import DigestRow, OfficialPreferencesRow
from approval_svc.use_cases import digesting
from approval_svc.use_cases.mail_days import mail_days
from shared.contracts import DigestKind

BATCH = 50
TRIED_AGAIN_AFTER = timedelta(minutes=15)
LOOKED_AGAIN_AFTER = timedelta(days=1)
"""Somebody who stands for no authority now has no mail hours; they may be an official again."""
KEPT_AFTER_LINK = timedelta(days=60)
"""How long the page of a digest still says what became of it: longer than an approval can wait."""

log = structlog.get_logger(__name__)


def send_digests(session: Session, at_most: timedelta, now: datetime) -> int:
    """Mails the daily digests of up to fifty people whose hour has come, and returns of how many people that was.

    A digest that is late comes once, and not outside the mail hours: there the next one takes its place. When nothing
    waits there is no mail. `at_most` is how long its link may work whatever the policy says.
    """
    if digest_queries.is_any_due(session, now):
        # What waits for somebody must not move away while it is listed.
        queries.hold_directory(session)
    claimed = digest_queries.claim_due(session, now, BATCH)
    for chosen in claimed:
        _send_or_put_aside(session, chosen, at_most, now)
    return len(claimed)


def forget_digests(session: Session, now: datetime) -> int:
    """Deletes up to 500 digests whose links ended long ago, with what they listed; returns how many."""
    old = select(DigestRow.id).where(DigestRow.links_expire_at < now - KEPT_AFTER_LINK).limit(500)
    gone = delete(DigestRow).where(DigestRow.id.in_(old.with_for_update(skip_locked=True)))
    return len(session.scalars(gone.returning(DigestRow.id)).all())


def _send_or_put_aside(session: Session, chosen: OfficialPreferencesRow, at_most: timedelta, now: datetime) -> None:
    try:
        with session.begin_nested():
            _send(session, chosen, at_most, now)
    except Exception:
        # One digest that cannot be made does not hold up those of others.
        log.exception("digest could not be made", user_id=chosen.user_id)
        chosen.next_digest_at = now + TRIED_AGAIN_AFTER


def _send(session: Session, chosen: OfficialPreferencesRow, at_most: timedelta, now: datetime) -> None:
    rows = digest_queries.rows_of(session, chosen.user_id)
    if not rows:
        chosen.next_digest_at = now + LOOKED_AGAIN_AFTER
        return
    days = mail_days(session, rows)
    today = days.calendar.day_of(now)
    if days.are_open(now) and not digest_queries.was_made(session, chosen.user_id, today):
        askings = digest_queries.waiting_askings(session, chosen.user_id)
        digesting.make(session, askings, DigestKind.DAILY, at_most, now, not_before=now, day=today)
    chosen.next_digest_at = days.next_digest(now)
