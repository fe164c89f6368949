"""An operator imports organizations that STEP 3 then offers."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.domain.steps import OrganizationKey
from request_svc.tables import OrganizationRow
from shared.catalog import Organization
from shared.imports import Change, Imported

_KEPT = ("name", "time_zone", "state", "provider_type")


def import_organizations(session: Session, organizations: Iterable[Organization], now: datetime) -> Imported:
    """Adds and updates; none is removed, because requests and roles name them. Doing it again changes nothing."""
    known = {OrganizationKey(row.kind, row.id): row for row in queries.all_organizations(session)}
    return Imported.counted(_take(session, known, organization, now) for organization in organizations)


def _take(
    session: Session, known: Mapping[OrganizationKey, OrganizationRow], organization: Organization, now: datetime
) -> Change:
    row = known.get(OrganizationKey(organization.kind, organization.id))
    if row is None:
        session.add(_row(organization, now))
        return Change.ADDED
    return Change.CHANGED if _update(row, organization, now) else Change.UNCHANGED


def _row(organization: Organization, now: datetime) -> OrganizationRow:
    values = {name: getattr(organization, name) for name in _KEPT}
    return OrganizationRow(kind=organization.kind, id=organization.id, imported_at=now, **values)


def _update(row: OrganizationRow, organization: Organization, now: datetime) -> bool:
    differing = [name for name in _KEPT if getattr(row, name) != getattr(organization, name)]
    for name in differing:
        setattr(row, name, getattr(organization, name))
    if differing:
        row.imported_at = now
    return bool(differing)
