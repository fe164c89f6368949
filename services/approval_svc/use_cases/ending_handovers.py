"""What was handed over to somebody who cannot decide any more goes back to where routing has it."""

from datetime import datetime

from sqlalchemy.orm import Session

from approval_svc import talking_queries
from approval_svc.domain.assignment import Assignment
from approval_svc.tables import ApprovalRow


def end_void(session: Session, approval: ApprovalRow, assignment: Assignment, now: datetime) -> None:
    """Ends such handovers for good: should the receiver come back, it does not go to them again.

    The caller holds the directory and the request, and routes the approval.
    """
    for row in talking_queries.handovers_in_force(session, approval):
        if not assignment.takes(row.receiver_id):
            row.ended_at = now
