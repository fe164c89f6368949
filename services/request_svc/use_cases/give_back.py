"""A holder gives a role back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.tables import Grant
from request_svc.use_cases.ending import End, end_grant
from shared import audit
from shared.contracts import EndedBecause


def give_back(session: Session, grant_id: UUID, user_id: str, reason: str | None, now: datetime) -> Grant:
    """Ends the person's own role and returns it. Raises GrantMissingError when they do not have it, or not any more."""
    grant = queries.lock_grant(session, grant_id, user_id)
    end = End(because=EndedBecause.GIVEN_BACK, at=now, by_name=grant.request.name, reason=reason)
    end_grant(session, grant, end, who=audit.user(user_id))
    return grant
