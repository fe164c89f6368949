"""ApprovalEscalated: another authority was asked besides; My Profile names all who may decide."""

from dataclasses import asdict

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.domain.requests import Happening, PartState
from request_svc.use_cases.parts import audit_part, part_for
from request_svc.use_cases.record_routing import asked_now
from request_svc.use_cases.timeline import note
from shared.audit import Action
from shared.contracts import ApprovalEscalated


def record_escalation(session: Session, message: ApprovalEscalated) -> None:
    """Keeps who is asked now; an older message than the last one changes nothing.

    Raises:
        RequestMissingError, PartMissingError: the message names a request or an organization that is not ours.
    """
    request = queries.lock_request(session, message.request_id)
    part = part_for(request, message.organization)
    if part.state is not PartState.PENDING or (part.asked_at and part.asked_at > message.escalated_at):
        return
    before = asked_now(part)
    part.approval_id, part.asked_at = message.approval_id, message.escalated_at
    part.officials = [asdict(official) | {"official_id": str(official.official_id)} for official in message.officials]
    audit_part(session, part, Action.REQUEST_ROUTED, message.escalated_at, before=before, after=asked_now(part))
    new = [official.acting for official in message.officials if official.official_id in message.newly_asked]
    name = part.organization_name
    note(session, request.id, Happening.ESCALATED, message.escalated_at, organization=name, people=new)
