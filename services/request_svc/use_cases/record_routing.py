"""ApprovalRequested: officials were asked; My Profile names them."""

from dataclasses import asdict

from sqlalchemy.orm import Session

from request_svc.domain.requests import Happening
from request_svc.tables import Part
from request_svc.use_cases.parts import audit_part, open_part
from request_svc.use_cases.timeline import note
from shared.audit import Action
from shared.contracts import ApprovalRequested


def record_routing(session: Session, message: ApprovalRequested) -> None:
    """Keeps who was asked; an older message than the last one changes nothing.

    Raises:
        RequestMissingError, PartMissingError: the message names a request or an organization that is not ours.
    """
    part = open_part(session, message.request_id, message.organization, message.asked_at)
    if part is None:
        return
    before = asked_now(part)
    part.approval_id, part.authority, part.asked_at = message.approval_id, message.authority.name, message.asked_at
    part.officials = [asdict(official) | {"official_id": str(official.official_id)} for official in message.officials]
    audit_part(session, part, Action.REQUEST_ROUTED, message.asked_at, before=before, after=asked_now(part))
    asked = [official.acting for official in message.officials if official.official_id in message.newly_asked]
    if asked:
        note(
            session,
            part.request.id,
            Happening.ROUTED,
            message.asked_at,
            organization=part.organization_name,
            people=asked,
        )


def asked_now(part: Part) -> dict[str, object]:
    """Returns before whom the part is, for the audit."""
    return {
        "approval": part.approval_id,
        "authority": part.authority,
        "asked": [official["official_id"] for official in part.officials or []],
    }
