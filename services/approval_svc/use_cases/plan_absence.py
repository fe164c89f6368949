"""An official is going to be absent: days and substitute are entered, changed or cancelled, by them or an operator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from approval_svc import absence_queries, queries
from approval_svc.calendars import NATIONAL_ZONE
from approval_svc.domain.absences import (
    Days,
    Planned,
    Substitute,
    UnusableAbsenceError,
    check_conflicts,
    check_days,
)
from approval_svc.domain.refusals import NotAnOfficialError
from approval_svc.tables import AbsenceRow, OfficialRow
from approval_svc.use_cases import keeping_absences
from shared import audit
from shared.audit import Action
from shared.ids import new_id


class NoSuchAbsenceError(LookupError):
    """The person has no such absence, or it is over."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody enters: the first and the last day by their own clock, and who acts; a user id."""

    first_day: date
    last_day: date
    substitute: str


def enter_absence(session: Session, user_id: str, wanted: Wanted, lifetime: timedelta, now: datetime) -> AbsenceRow:
    """Keeps that somebody is going to be absent; one that begins today begins at once. Returns it.

    The same again, as a second click sends it, is the one that was entered.

    Raises:
        NotAnOfficialError: the person is no official.
        UnusableAbsenceError: what is wrong with it, and at which field; nothing was changed.
    """
    queries.lock_directory(session)
    rows = _rows(session, user_id)
    days = _days(wanted, zone_of(rows))
    entered = next((each for each in absence_queries.open_absences_of(session, user_id) if _is(each, wanted)), None)
    if entered is not None:
        return entered
    check_days(days, now)
    substitute = _checked(session, rows, days, wanted)
    absence = AbsenceRow(id=new_id(), user_id=user_id, substitute=substitute, entered_at=now)
    _take(absence, days, substitute)
    session.add(absence)
    session.flush()
    _record(session, Action.ABSENCE_ENTERED, absence, None, now)
    if days.begins_at <= now:
        keeping_absences.begin(session, absence, lifetime, now)
    return absence


def change_absence(
    session: Session, user_id: str, absence_id: UUID, wanted: Wanted, lifetime: timedelta, now: datetime
) -> None:
    """Gives an absence other days, or another substitute; one that is in force takes effect anew at once.

    Of another last day alone both are told, because they know of the one before.

    Raises:
        NoSuchAbsenceError: the person has no such absence, or it is over.
        NotAnOfficialError, UnusableAbsenceError: as `enter_absence`.
    """
    queries.lock_directory(session)
    absence = _own(session, user_id, absence_id)
    rows = _rows(session, user_id)
    days = _days(wanted, ZoneInfo(absence.zone))
    check_days(days, now, begun=absence.first_day if absence.begun_at else None)
    substitute = _checked(session, rows, days, wanted, but=absence)
    before, acted = values_of(absence), absence.substitute_id
    _take(absence, days, substitute)
    session.flush()
    was, now_is = audit.differing(before, values_of(absence))
    if not now_is:
        return
    _record(session, Action.ABSENCE_CHANGED, absence, was, now)
    takes_effect = absence.begun_at is None or absence.substitute_id != acted
    if takes_effect and days.begins_at <= now:
        keeping_absences.begin(session, absence, lifetime, now)
    elif absence.is_in_force:
        keeping_absences.tell(session, absence, now)


def cancel_absence(session: Session, user_id: str, absence_id: UUID, lifetime: timedelta, now: datetime) -> None:
    """Ends an absence before its time, or one that is only planned. Raises NoSuchAbsenceError."""
    queries.lock_directory(session)
    absence = _own(session, user_id, absence_id)
    _record(session, Action.ABSENCE_CANCELLED, absence, None, now)
    keeping_absences.take_back(session, absence, lifetime, now)


def zone_of(rows: Sequence[OfficialRow]) -> ZoneInfo:
    """Returns the time zone by which the days of somebody with these rows count."""
    return ZoneInfo(next((row.time_zone for row in rows if row.time_zone), NATIONAL_ZONE))


def days_of(absence: AbsenceRow) -> Days:
    """Returns the days of an absence."""
    return Days(first=absence.first_day, last=absence.last_day, zone=ZoneInfo(absence.zone))


def values_of(absence: AbsenceRow) -> dict[str, Any]:
    """Returns what the audit keeps of an absence."""
    return {
        "user": absence.user_id,
        "first_day": absence.first_day.isoformat(),
        "last_day": absence.last_day.isoformat(),
        "substitute": absence.substitute_id,
    }


def _rows(session: Session, user_id: str) -> list[OfficialRow]:
    rows = list(absence_queries.rows_of(session, user_id))
    if not rows:
        raise NotAnOfficialError
    return rows


def _own(session: Session, user_id: str, absence_id: UUID) -> AbsenceRow:
    found = absence_queries.open_absence(session, absence_id)
    if found is None or found.user_id != user_id:
        raise NoSuchAbsenceError(str(absence_id))
    return found


def _is(absence: AbsenceRow, wanted: Wanted) -> bool:
    entered = (absence.first_day, absence.last_day, absence.substitute.user_id)
    return entered == (wanted.first_day, wanted.last_day, wanted.substitute)


def _days(wanted: Wanted, zone: ZoneInfo) -> Days:
    return Days(first=wanted.first_day, last=wanted.last_day, zone=zone)


def _checked(
    session: Session, rows: list[OfficialRow], days: Days, wanted: Wanted, but: AbsenceRow | None = None
) -> OfficialRow:
    """Returns who acts. Raises UnusableAbsenceError."""
    if any(wanted.substitute == row.user_id for row in rows):
        raise UnusableAbsenceError("substitute", "Select somebody else: nobody acts for themselves")
    possible = absence_queries.possible_substitutes(session, rows)
    chosen = next((each for each in possible if each.user_id == wanted.substitute), None)
    if chosen is None:
        words = "Select a substitute from the list: a Security Official of the same authority, or of the next one up"
        raise UnusableAbsenceError("substitute", words)
    concerning = absence_queries.concerning(session, [rows[0].user_id, chosen.user_id])
    others = [_planned(session, each) for each in concerning if each is not but]
    check_conflicts(rows[0].user_id, days, Substitute(user_id=chosen.user_id, name=chosen.name), others)
    return chosen


def _planned(session: Session, absence: AbsenceRow) -> Planned:
    name = next((row.name for row in absence_queries.rows_of(session, absence.user_id)), absence.user_id)
    return Planned(user_id=absence.user_id, name=name, days=days_of(absence), substitute=absence.substitute.user_id)


def _take(absence: AbsenceRow, days: Days, substitute: OfficialRow) -> None:
    absence.first_day, absence.last_day, absence.zone = days.first, days.last, days.zone.key
    absence.begins_at, absence.ends_at = days.begins_at, days.ends_at
    absence.substitute, absence.substitute_id = substitute, substitute.id


def _record(
    session: Session, action: Action, absence: AbsenceRow, before: dict[str, Any] | None, now: datetime
) -> None:
    keeping_absences.record(session, action, absence, values_of(absence), now, before)
