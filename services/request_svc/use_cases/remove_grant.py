"""An operator takes a role away."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.domain.requests import Happening, lane
from request_svc.tables import Grant
from request_svc.use_cases.timeline import note
from shared import audit
from shared.audit import Action
from shared.contracts import RoleRemoved
from shared.messaging.outbox import publish


def remove_grant(session: Session, grant_id: UUID, reason: str, now: datetime) -> Grant:
    """Ends the role and returns it. Raises GrantMissingError when there is none, or it ended before."""
    grant = queries.lock_grant(session, grant_id)
    grant.removed_at, grant.removed_because = now, reason
    audit.record(
        session,
        Action.GRANT_REMOVED,
        ("grant", grant.id),
        now=now,
        before={"removed_at": None},
        after={"removed_at": now, "reason": reason, "holder": grant.user_id, "role": grant.role_id},
        correlation_id=grant.request.correlation_id,
    )
    note(session, grant.request_id, Happening.REMOVED, now, organization=grant.organization_name, words=reason)
    message = RoleRemoved(
        grant_id=grant.id,
        holder=grant.request.requester(),
        role_id=grant.role_id,
        role_name=grant.role_name,
        organization=grant.as_value(),
        reason=reason,
        removed_at=now,
    )
    own = lane(grant.request.category_id, grant.request.organizations)
    publish(session, message, correlation_id=grant.request.correlation_id, now=now, lane=own)
    return grant
