"""An operator takes a role away."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.tables import Grant
from request_svc.use_cases.ending import End, end_grant
from shared.contracts import EndedBecause


def remove_grant(session: Session, grant_id: UUID, reason: str, now: datetime) -> Grant:
    """Ends the role and returns it. Raises GrantMissingError when there is none, or it ended before."""
    grant = queries.lock_grant(session, grant_id)
    end_grant(session, grant, End(because=EndedBecause.REMOVED, at=now, reason=reason))
    return grant
