"""A surveyor names their disciplines (access job aid 3.1, steps 4.13 to 4.15)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.domain.refusals import DisciplinesMissingError, GrantMissingError
from request_svc.domain.requests import Happening
from request_svc.use_cases.timeline import note
from shared import audit
from shared.audit import Action
from shared.catalog import Catalog


def save_disciplines(
    session: Session, catalog: Catalog, grant_id: UUID, user_id: str, disciplines: Collection[str], now: datetime
) -> None:
    """Keeps the names of the chosen disciplines (ids of the catalog), in the catalog's order.

    Raises:
        GrantMissingError: the person has no such role, or the role has no disciplines.
        DisciplinesMissingError: none was chosen.
    """
    grant = queries.lock_grant(session, grant_id, user_id)
    if not catalog.role(grant.role_id).has_disciplines:
        raise GrantMissingError(grant_id)
    names = [each.name for each in catalog.disciplines if each.id in disciplines]
    if not names:
        raise DisciplinesMissingError
    audit.record(
        session,
        Action.GRANT_DISCIPLINES_CHANGED,
        ("grant", grant.id),
        now=now,
        before={"disciplines": grant.disciplines},
        after={"disciplines": names},
        who=audit.user(user_id),
        correlation_id=grant.request.correlation_id,
    )
    grant.disciplines = names
    note(session, grant.request_id, Happening.DISCIPLINES, now, organization=grant.organization_name)
