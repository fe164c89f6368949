"""Keeping which roles people have: the part that following a grant and following a removal share."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from approval_svc.tables import GrantRow
from shared.contracts import RoleGranted, RoleRemoved


def keep_grant(session: Session, message: RoleGranted) -> None:
    """Keeps the grant; one that is known, or whose end came first, stays as it is."""
    values = {**_values(message), "extra_privileges": list(message.extra_privileges)}
    session.execute(insert(GrantRow).values(values).on_conflict_do_nothing())


def end_grant(session: Session, message: RoleRemoved) -> None:
    """Keeps that the grant ended, also when its beginning has not been heard of."""
    values = {**_values(message), "extra_privileges": [], "removed_at": message.removed_at}
    ended = {"removed_at": message.removed_at}
    session.execute(insert(GrantRow).values(values).on_conflict_do_update(index_elements=[GrantRow.id], set_=ended))


def _values(message: RoleGranted | RoleRemoved) -> dict[str, object]:
    organization = message.organization
    return {
        "id": message.grant_id,
        "holder_user_id": message.holder.user_id,
        "role_id": message.role_id,
        "role_name": message.role_name,
        "organization_kind": organization.kind if organization else None,
        "organization_id": organization.id if organization else None,
        "organization_name": organization.name if organization else None,
    }
