"""ApprovalUnroutable: nobody can decide now; the person is told that it waits."""

from sqlalchemy.orm import Session

from request_svc.domain.requests import Happening
from request_svc.use_cases.parts import audit_part, open_part
from request_svc.use_cases.record_routing import asked_now
from request_svc.use_cases.timeline import note
from shared.audit import Action
from shared.contracts import ApprovalUnroutable


def record_unroutable(session: Session, message: ApprovalUnroutable) -> None:
    """Keeps that nobody can be asked, unless somebody was asked since.

    Raises:
        RequestMissingError, PartMissingError: the message names a request or an organization that is not ours.
    """
    part = open_part(session, message.request_id, message.organization, message.noticed_at)
    if part is None:
        return
    before = asked_now(part)
    part.approval_id, part.unroutable_at = message.approval_id, message.noticed_at
    part.officials, part.authority, part.asked_at = [], None, None
    audit_part(session, part, Action.REQUEST_UNROUTABLE, message.noticed_at, before=before, after=asked_now(part))
    note(session, part.request.id, Happening.UNROUTABLE, message.noticed_at, organization=part.organization_name)
