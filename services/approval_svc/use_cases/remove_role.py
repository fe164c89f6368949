"""An official, or somebody of operations, takes a role away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from approval_svc import grant_queries, queries, reference
from approval_svc.domain.ending import Ender, Held, check_reason
from approval_svc.domain.routing import AuthorityId, Requester
from approval_svc.tables import GrantRow, OfficialRow
from approval_svc.use_cases.ordering_ends import Order, order_end
from shared import audit
from shared.contracts import EndedBecause


class NoSuchRoleError(LookupError):
    """Nobody has, or had, a role with that id; or it is none that the person may know of."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who is signed in."""

    user_id: str
    name: str
    email: str
    is_operations: bool


def remove_role(session: Session, grant_id: UUID, person: Person, reason: str | None, now: datetime) -> None:
    """Orders the end of the role, for the authority that gives it.

    Raises:
        NoSuchRoleError: there is no such role.
        RefusedError: one of its named kinds; nothing was changed.
    """
    queries.hold_directory(session)
    grant = grant_queries.lock_grant(session, grant_id)
    if grant is None:
        raise NoSuchRoleError(str(grant_id))
    rows = grant_queries.officials_rows_of(session, person.user_id)
    ender = ender_of(person, rows)
    standing = as_held(grant)
    if refused := standing.refusal(ender):
        raise refused
    official = _acting(rows, standing.on_behalf_of(ender))
    order = Order(
        because=EndedBecause.REMOVED,
        reason=check_reason(reason),
        by_name=official.name if official else person.name,
        by_official=official,
        on_behalf_of=_authority_name(official, grant),
        who=audit.user(person.user_id),
    )
    order_end(session, grant, order, now)


def ender_of(person: Person, rows: Sequence[OfficialRow]) -> Ender:
    """Returns the person as the rules see them; `rows` are theirs in the directory."""
    return Ender(
        user_id=person.user_id,
        email=person.email,
        authorities=[row.authority for row in rows],
        is_operations=person.is_operations,
    )


def as_held(grant: GrantRow) -> Held:
    """Returns the role as the rules see it; one whose end was ordered counts as over."""
    return Held(
        holder=Requester(user_id=grant.holder_user_id, email=grant.holder_email),
        organization=grant.organization,
        is_over=grant.removed_at is not None or grant.end_ordered_at is not None,
    )


def _acting(rows: Sequence[OfficialRow], authority: AuthorityId | None) -> OfficialRow | None:
    return next((row for row in rows if row.authority == authority), None)


def _authority_name(official: OfficialRow | None, grant: GrantRow) -> str | None:
    return reference.authority_name(official.authority_kind, grant.organization_name) if official else None
