"""ApprovalWithdrawn: one organization need not decide any more, because the requester took the request back."""

from sqlalchemy.orm import Session

from request_svc import queries
from request_svc.domain.requests import Happening, PartState
from request_svc.use_cases.parts import end_part, part_for
from request_svc.use_cases.timeline import note
from shared.contracts import ApprovalWithdrawn


def record_withdrawal(session: Session, message: ApprovalWithdrawn) -> None:
    """Ends the part as withdrawn; one that has ended stays as it is.

    Raises:
        RequestMissingError, PartMissingError: the message names a request or an organization that is not ours.
    """
    request = queries.lock_request(session, message.request_id)
    part = part_for(request, message.organization)
    if part.state is not PartState.PENDING:
        return
    part.approval_id = message.approval_id
    end_part(session, part, PartState.WITHDRAWN, message.withdrawn_at)
    note(session, request.id, Happening.WITHDRAWN, message.withdrawn_at, organization=part.organization_name)
