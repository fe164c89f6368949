"""Ending a role: the part that everything which ends one shares."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from request_svc.domain.requests import Happening, lane
from request_svc.tables import Grant
from request_svc.use_cases.timeline import note
from shared import audit
from shared.audit import Action
from shared.contracts import EndedBecause, RoleRemoved
from shared.messaging.outbox import publish

_HAPPENING = {
    EndedBecause.REVOKED: Happening.REVOKED,
    EndedBecause.REMOVED: Happening.REMOVED,
    EndedBecause.GIVEN_BACK: Happening.GIVEN_BACK,
    EndedBecause.ENDED: Happening.ENDED,
    EndedBecause.INACTIVE: Happening.INACTIVE,
    EndedBecause.REVIEW: Happening.REVIEW,
    EndedBecause.ACCOUNT_CLOSED: Happening.ACCOUNT_CLOSED,
}


@dataclass(frozen=True, kw_only=True)
class End:
    """Why and when a role ends, by whom (a name, or nobody), for which authority, with what the holder reads.

    Mail of it goes out at `not_before` or later, None: at once.
    """

    because: EndedBecause
    at: datetime
    by_name: str | None = None
    on_behalf_of: str | None = None
    reason: str | None = None
    not_before: datetime | None = None


def end_grant(session: Session, grant: Grant, end: End, *, who: str | None = None) -> None:
    """Ends a locked role that somebody has now, and tells of it; `who` ended it as the audit names them."""
    grant.removed_at, grant.removed_because = end.at, end.reason
    grant.ended_because, grant.ended_by = end.because, end.by_name
    after = {"removed_at": end.at, "because": end.because, "reason": end.reason}
    audit.record(
        session,
        Action.GRANT_REMOVED,
        ("grant", grant.id),
        now=end.at,
        before={"removed_at": None},
        after=after | {"holder": grant.user_id, "role": grant.role_id},
        who=who,
        correlation_id=grant.request.correlation_id,
    )
    kind, people = _HAPPENING[end.because], [end.by_name] if end.by_name else []
    name = grant.organization_name
    note(session, grant.request_id, kind, end.at, organization=name, people=people, words=end.reason)
    own = lane(grant.request.category_id, grant.request.organizations)
    publish(session, _message(grant, end), correlation_id=grant.request.correlation_id, now=end.at, lane=own)


def _message(grant: Grant, end: End) -> RoleRemoved:
    return RoleRemoved(
        grant_id=grant.id,
        holder=grant.request.requester(),
        role_id=grant.role_id,
        role_name=grant.role_name,
        organization=grant.as_value(),
        because=end.because,
        by_name=end.by_name,
        on_behalf_of=end.on_behalf_of,
        reason=end.reason,
        removed_at=end.at,
        not_before=end.not_before,
    )
