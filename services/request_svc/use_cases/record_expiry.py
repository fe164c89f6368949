"""ApprovalExpired: nobody of one organization decided in time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.domain.requests import Happening, PartState
from request_svc.tables import Part
from request_svc.use_cases.parts import end_part, part_for
from request_svc.use_cases.timeline import note
from shared.contracts import ApprovalExpired


def record_expiry(session: Session, message: ApprovalExpired) -> None:
    """Ends the part as expired; one that has ended stays as it is.

    Raises:
        RequestMissingError, PartMissingError: the message names a request or an organization that is not ours.
    """
    request = queries.lock_request(session, message.request_id)
    part = part_for(request, message.organization)
    expire_part(session, part, message.approval_id, message.authority.name, message.expired_at)


def expire_part(session: Session, part: Part, approval_id: UUID, authority: str, at: datetime) -> None:
    """Ends a pending part of a locked request as expired; `authority` names who was asked."""
    if part.state is not PartState.PENDING:
        return
    part.approval_id = approval_id
    end_part(session, part, PartState.EXPIRED, at)
    name = part.organization_name
    note(session, part.request_id, Happening.EXPIRED, at, organization=name, people=[authority])
