"""Ordering the end of a role: the part that everything which ends one here shares. request_svc ends it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from approval_svc import grant_queries
from approval_svc.tables import GrantRow, OfficialRow
from shared import audit
from shared.audit import Action
from shared.contracts import EndedBecause, RoleEndOrdered
from shared.ids import new_id
from shared.messaging.outbox import publish


@dataclass(frozen=True, kw_only=True)
class Order:
    """Why a role is to end, and with what its holder reads.

    By whom: a name, with the row of the directory where it is an official, and the authority for which they act; nobody
    where time ends it. `who` is how the audit names them where what surrounds the use case does not. Mail of it goes
    out at `not_before` or later, None: at once.
    """

    because: EndedBecause
    reason: str | None = None
    by_name: str | None = None
    by_official: OfficialRow | None = None
    on_behalf_of: str | None = None
    who: str | None = None
    not_before: datetime | None = None


def order_end(session: Session, grant: GrantRow, order: Order, now: datetime) -> None:
    """Orders the end of a role that the caller has locked, once; one that has ended stays as it is."""
    if grant.removed_at is not None or grant.end_ordered_at is not None:
        return
    grant.end_ordered_at = now
    correlation_id = grant_queries.correlation_of(session, grant) or new_id()
    audit.record(
        session,
        Action.GRANT_END_ORDERED,
        ("grant", grant.id),
        now=now,
        after={"because": order.because, "reason": order.reason, "holder": grant.holder_user_id},
        who=order.who,
        on_behalf_of=_authority(order),
        correlation_id=correlation_id,
    )
    message = message_of(order, grant_id=grant.id, holder_user_id=grant.holder_user_id, now=now)
    publish(session, message, correlation_id=correlation_id, now=now)


def message_of(
    order: Order, *, holder_user_id: str, now: datetime, grant_id: UUID | None = None, approval_id: UUID | None = None
) -> RoleEndOrdered:
    """Returns the order for a role, named by its own id or by that of the approval that gave it."""
    return RoleEndOrdered(
        grant_id=grant_id,
        approval_id=approval_id,
        holder_user_id=holder_user_id,
        because=order.because,
        ordered_by=order.by_name,
        ordered_by_official=order.by_official.id if order.by_official else None,
        on_behalf_of=order.on_behalf_of,
        reason=order.reason,
        ordered_at=now,
        not_before=order.not_before,
    )


def _authority(order: Order) -> str | None:
    official = order.by_official
    return f"authority:{official.authority_kind}:{official.authority_id}" if official else None
