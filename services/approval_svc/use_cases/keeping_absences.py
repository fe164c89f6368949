"""An absence begins, and ends: what waits for the official goes to their substitute, and comes back. Each once."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from approval_svc import absence_queries, queries
from approval_svc.tables import AbsenceRow, OfficialRow
from approval_svc.use_cases import telling
from approval_svc.use_cases.asking import Asked
from approval_svc.use_cases.mail_days import mail_days
from approval_svc.use_cases.reroute import reroute
from approval_svc.use_cases.tell_asked import tell_asked
from shared import audit
from shared.audit import Action
from shared.contracts import AbsenceBegun, AbsenceEnded
from shared.messaging.outbox import publish

BATCH = 20
"""How many at once: nothing is routed meanwhile."""
TRIED_AGAIN_AFTER = timedelta(minutes=15)

log = structlog.get_logger(__name__)


def keep_absences(session: Session, lifetime: timedelta, now: datetime) -> int:
    """Begins and ends up to twenty absences that are due, and returns how many these were.

    However many beats run each does so once: what is due is read again under the lock of the directory, which every
    change of an absence takes. One that cannot be handled does not hold up the others; it is tried again a quarter of
    an hour later.
    """
    if not absence_queries.due(session, now, 1):
        return 0
    queries.lock_directory(session)
    found = absence_queries.due(session, now, BATCH)
    for absence_id in found:
        _keep_or_put_aside(session, absence_id, lifetime, now)
    return len(found)


def _keep_or_put_aside(session: Session, absence_id: UUID, lifetime: timedelta, now: datetime) -> None:
    absence = session.get_one(AbsenceRow, absence_id)
    try:
        with session.begin_nested():
            _keep(session, absence, lifetime, now)
    except Exception:
        log.exception("an absence could not be begun or ended", absence_id=str(absence_id))
        session.refresh(absence)
        absence.tried_again_at = now + TRIED_AGAIN_AFTER


def _keep(session: Session, absence: AbsenceRow, lifetime: timedelta, now: datetime) -> None:
    if absence.ends_at <= now:
        end(session, absence, lifetime, now)
    else:
        begin(session, absence, lifetime, now)


def begin(session: Session, absence: AbsenceRow, lifetime: timedelta, now: datetime) -> None:
    """Lets an absence take effect, or a changed one anew, and tells both. The caller has locked the directory."""
    absence.begun_at = now
    record(session, Action.ABSENCE_BEGUN, absence, {"substitute": absence.substitute_id}, now)
    _route_again(session, absence, lifetime, now)
    tell(session, absence, now)


def end(session: Session, absence: AbsenceRow, lifetime: timedelta, now: datetime) -> None:
    """Ends an absence: the official is asked again. One that was over before it began, in an outage, only ends."""
    record(session, Action.ABSENCE_ENDED, absence, {"substitute": absence.substitute_id}, now)
    take_back(session, absence, lifetime, now)


def take_back(session: Session, absence: AbsenceRow, lifetime: timedelta, now: datetime) -> None:
    """Lets an absence be over: what waited for the official is theirs again. The caller has locked the directory."""
    was_in_force = absence.is_in_force
    absence.over_at = now
    if was_in_force:
        _route_again(session, absence, lifetime, now)
        publish(session, AbsenceEnded(absence_id=absence.id, ended_at=now), correlation_id=absence.id, now=now)


def _route_again(session: Session, absence: AbsenceRow, lifetime: timedelta, now: datetime) -> None:
    """Routes again what waits for the authorities that the person stands for; whoever is newly asked is told."""
    newly_asked: list[Asked] = []
    for row in absence_queries.rows_of(session, absence.user_id):
        reroute(session, row.authority, lifetime, now, later=newly_asked)
    tell_asked(session, newly_asked, lifetime, now)


def record(
    session: Session,
    action: Action,
    absence: AbsenceRow,
    after: Mapping[str, Any],
    now: datetime,
    before: Mapping[str, Any] | None = None,
) -> None:
    """Records what happened to an absence, which is the official's own affair whoever entered it."""
    audit.record(
        session,
        action,
        ("absence", absence.id),
        now=now,
        before=before,
        after=after,
        on_behalf_of=audit.user(absence.user_id),
        correlation_id=absence.id,
    )


def tell(session: Session, absence: AbsenceRow, now: datetime) -> None:
    """Tells both of an absence that is in force, or of the other last day that it has now."""
    if rows := absence_queries.rows_of(session, absence.user_id):
        _tell(session, absence, rows, now)


def _tell(session: Session, absence: AbsenceRow, rows: Sequence[OfficialRow], now: datetime) -> None:
    possible = absence_queries.possible_substitutes(session, rows)
    acts = next((row for row in possible if row.user_id == absence.substitute.user_id), None)
    message = AbsenceBegun(
        absence_id=absence.id,
        official=telling.official(rows[0]),
        substitute=telling.official(acts) if acts else None,
        time_zone=absence.zone,
        begins_at=absence.begins_at,
        ends_at=absence.ends_at,
        waiting=len(queries.waiting_for(session, acts.user_id)) if acts else 0,
        begun_at=now,
        not_before=mail_days(session, rows).mail_at(now),
    )
    publish(session, message, correlation_id=absence.id, now=now)
