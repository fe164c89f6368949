"""An operator imports organizations that STEP 3 then offers."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.domain.steps import OrganizationKey, scope_of
from request_svc.tables import OrganizationRow
from shared import audit
from shared.audit import Action
from shared.catalog import Organization
from shared.imports import Change, Imported

_KEPT = ("name", "time_zone", "state", "provider_type")

Values = dict[str, Any]


def import_organizations(session: Session, organizations: Iterable[Organization], now: datetime) -> Imported:
    """Adds and updates; none is removed, because requests and roles name them. Doing it again changes nothing."""
    known = {OrganizationKey(row.kind, row.id): row for row in queries.all_organizations(session)}
    before: dict[str, Values] = {}
    after: dict[str, Values] = {}
    changes = []
    for organization in organizations:
        key = OrganizationKey(organization.kind, organization.id)
        was, now_is = _take(session, known.get(key), organization, now)
        changes.append(Change.ADDED if key not in known else Change.CHANGED if now_is else Change.UNCHANGED)
        if now_is:
            before[scope_of(key)], after[scope_of(key)] = was, now_is
    if after:
        _audit(session, before, after, now)
    return Imported.counted(changes)


def _take(
    session: Session, row: OrganizationRow | None, organization: Organization, now: datetime
) -> tuple[Values, Values]:
    """Returns what the import changed, before and after; for a new organization before is empty."""
    values = {name: getattr(organization, name) for name in _KEPT}
    if row is None:
        session.add(OrganizationRow(kind=organization.kind, id=organization.id, imported_at=now, **values))
        return {}, values
    before, after = audit.differing({name: getattr(row, name) for name in _KEPT}, values)
    for name, value in after.items():
        setattr(row, name, value)
    if after:
        row.imported_at = now
    return before, after


def _audit(session: Session, before: dict[str, Values], after: dict[str, Values], now: datetime) -> None:
    """Records one entry for the whole import: a list of providers has thousands of lines."""
    changed = {scope: values for scope, values in before.items() if values}
    audit.record(session, Action.ORGANIZATIONS_IMPORTED, ("organizations", "all"), now=now, before=changed, after=after)
