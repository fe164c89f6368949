"""An official does something with an approval that waits for them: the check that every such use case begins with."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.domain.approvals import Way
from approval_svc.tables import ApprovalRow, AskingRow
from approval_svc.use_cases.decide import decider_of, lock_asked, needs_sign_in
from shared import audit


def take_in_hand(
    session: Session, approval_id: UUID, official_id: UUID, way: Way, *, always_sign_in: bool, now: datetime
) -> tuple[ApprovalRow, AskingRow]:
    """Locks the request; returns the approval, and since when it is before this official.

    Raises:
        RefusedError: they may not decide it now, so nothing else is theirs to do with it either.
    """
    approval, asking = lock_asked(session, approval_id, official_id)
    needed = needs_sign_in(approval.request, always=always_sign_in)
    refused = queries.as_domain(approval, needs_sign_in=needed).refusal(decider_of(asking, way), now)
    if refused is not None:
        raise refused
    return approval, asking


def doer(asking: AskingRow, way: Way) -> str:
    """Returns how the audit names the official: by user id when signed in, else by the link that was theirs."""
    return audit.user(way.signed_in_as) if way.signed_in_as else audit.official(asking.official_id)
