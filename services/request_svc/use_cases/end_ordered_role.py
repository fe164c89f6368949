"""RoleEndOrdered: somebody who may, or time, ended a role."""

from datetime import datetime

from sqlalchemy.orm import Session

from request_svc import grant_queries
from request_svc.use_cases.ending import End, end_grant
from shared.contracts import RoleEndOrdered
from shared.messaging.inbox import NotYetError


def end_ordered_role(session: Session, message: RoleEndOrdered, now: datetime) -> None:
    """Ends the role; one that has ended already stays as it is.

    Raises:
        NotYetError: the decision that gave the role has not arrived.
    """
    grant = grant_queries.lock_ordered(session, message.grant_id, message.approval_id)
    if grant is None:
        raise NotYetError(f"the role of {message.grant_id or message.approval_id}")
    if grant.removed_at is None:
        end_grant(session, grant, _end(message, now))


def _end(message: RoleEndOrdered, now: datetime) -> End:
    return End(
        because=message.because,
        at=now,
        by_name=message.ordered_by,
        on_behalf_of=message.on_behalf_of,
        reason=message.reason,
        not_before=message.not_before,
    )
