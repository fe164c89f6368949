"""ApprovalReassigned: an official handed a part over to another one; My Profile names all who may decide."""

from dataclasses import asdict

from sqlalchemy.orm import Session

from request_svc.domain.requests import Happening
from request_svc.use_cases.parts import audit_part, open_part
from request_svc.use_cases.record_routing import asked_now
from request_svc.use_cases.timeline import note
from shared.audit import Action
from shared.contracts import ApprovalReassigned


def record_reassignment(session: Session, message: ApprovalReassigned) -> None:
    """Keeps who is asked now; an older message than the last one changes nothing.

    Raises:
        RequestMissingError, PartMissingError: the message names a request or an organization that is not ours.
    """
    part = open_part(session, message.request_id, message.organization, message.reassigned_at)
    if part is None:
        return
    before = asked_now(part)
    part.approval_id, part.authority, part.asked_at = message.approval_id, message.authority.name, message.reassigned_at
    part.officials = [asdict(official) | {"official_id": str(official.official_id)} for official in message.officials]
    audit_part(session, part, Action.REQUEST_ROUTED, message.reassigned_at, before=before, after=asked_now(part))
    note(
        session,
        part.request.id,
        Happening.HANDED_OVER,
        message.reassigned_at,
        organization=part.organization_name,
        people=[message.handed_by, message.handed_to],
    )
