"""An operator imports organizations that STEP 3 then offers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.domain.steps import OrganizationKey
from request_svc.tables import OrganizationRow
from shared.catalog import Organization

_KEPT = ("name", "time_zone", "state", "provider_type")


@dataclass
class Imported:
    """How many organizations an import added, changed and found as they were."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


def import_organizations(session: Session, organizations: Iterable[Organization], now: datetime) -> Imported:
    """Adds and updates; none is removed, because requests and roles name them. Doing it again changes nothing."""
    result = Imported()
    for organization in organizations:
        row = queries.organization(session, OrganizationKey(organization.kind, organization.id))
        if row is None:
            session.add(_row(organization, now))
            result.added += 1
        elif _update(row, organization, now):
            result.changed += 1
        else:
            result.unchanged += 1
    return result


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
