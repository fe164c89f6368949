"""Somebody gave a role back: the officials of the authority that gives it are told."""

from datetime import datetime

from sqlalchemy.orm import Session

from approval_svc import grant_queries, queries, reference
from approval_svc.domain.routing import AuthorityId, is_same
from approval_svc.tables import GrantRow, OfficialRow
from approval_svc.use_cases import telling
from shared.contracts import Authority, RoleGivenBack, RoleRemoved
from shared.ids import new_id
from shared.messaging.outbox import publish


def tell_given_back(session: Session, message: RoleRemoved, now: datetime) -> None:
    """Tells the officials who can be reached, but not the holder, who may be one of them.

    Where nobody else is left, as when the only official gave that role back, those of the next authority are told.
    """
    organization = message.organization
    own = (AuthorityId(kind=organization.kind, id=organization.id),) if organization else ()
    reached = ((each, _told(session, each, message.holder.user_id)) for each in (*own, CMS, HELP_DESK))
    authority, told = next(((each, rows) for each, rows in reached if rows), (CMS, []))
    if not told:
        return
    grant = session.get(GrantRow, message.grant_id, populate_existing=True)
    correlation_id = grant_queries.correlation_of(session, grant) if grant else None
    name = reference.authority_name(authority.kind, organization.name if organization else None)
    given_back = RoleGivenBack(
        grant_id=message.grant_id,
        holder_name=message.holder.name,
        role_name=message.role_name,
        organization=organization,
        authority=Authority(kind=authority.kind, id=authority.id, name=name),
        officials=tuple(telling.official(row) for row in told),
        reason=message.reason,
        given_back_at=message.removed_at,
    )
    publish(session, given_back, correlation_id=correlation_id or new_id(), now=now)


def _told(session: Session, authority: AuthorityId, holder: str) -> list[OfficialRow]:
    rows = queries.officials_of(session, [authority])
    return [row for row in rows if row.active and row.reachable and not is_same(row.user_id, holder)]


CMS = AuthorityId(kind="cms", id="cms")
"""Who gives national roles."""
HELP_DESK = AuthorityId(kind="help-desk", id="help-desk")
