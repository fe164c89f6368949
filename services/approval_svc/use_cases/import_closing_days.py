"""An operator says on which days organizations are closed: all rows are good and are taken, or none is."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from approval_svc.domain.closing_day_rows import ClosingDay
from approval_svc.domain.routing import OrganizationId
from approval_svc.tables import ClosingDayRow
from shared import audit
from shared.audit import Action
from shared.imports import Change, Imported

Values = dict[str, str]


class NoSuchClosingDayError(LookupError):
    """The organization is not known to be closed on that day."""


def import_closing_days(session: Session, entries: Sequence[ClosingDay], now: datetime) -> Imported:
    """Adds closing days and renames those that are known; days that the file does not name stay.

    Approvals that are open keep their deadlines until `countersign deadlines move` plans them anew.
    """
    before: Values = {}
    after: Values = {}
    changes = [_take(session, entry, before, after) for entry in entries]
    if after:
        _record(session, before, after, now)
    return Imported.counted(changes)


def remove_closing_day(session: Session, organization: OrganizationId, day: date, now: datetime) -> str:
    """Lets the day count again for the organization and returns what it was called. Raises NoSuchClosingDayError."""
    row = session.get(ClosingDayRow, (organization.kind, organization.id, day), with_for_update=True)
    if row is None:
        raise NoSuchClosingDayError(f"{organization.kind} {organization.id} is not known to be closed on {day}.")
    session.delete(row)
    _record(session, {_scope(organization, day): row.name}, {}, now)
    return row.name


def _take(session: Session, entry: ClosingDay, before: Values, after: Values) -> Change:
    scope = _scope(entry.organization, entry.day)
    key = (entry.organization.kind, entry.organization.id, entry.day)
    row = session.get(ClosingDayRow, key, with_for_update=True)
    if row is None:
        kind, identifier, day = key
        session.add(ClosingDayRow(organization_kind=kind, organization_id=identifier, day=day, name=entry.name))
        after[scope] = entry.name
        return Change.ADDED
    if row.name == entry.name:
        return Change.UNCHANGED
    before[scope], after[scope] = row.name, entry.name
    row.name = entry.name
    return Change.CHANGED


def _scope(organization: OrganizationId, day: date) -> str:
    return f"{organization.kind}:{organization.id} {day}"


def _record(session: Session, before: Values, after: Values, now: datetime) -> None:
    """Records one entry for the whole import."""
    audit.record(session, Action.CLOSING_DAYS_CHANGED, ("closing_days", "all"), now=now, before=before, after=after)
