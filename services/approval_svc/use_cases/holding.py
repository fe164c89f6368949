"""Keeping which roles people have: the part that following a grant and following a removal share."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from approval_svc.tables import GrantRow
from approval_svc.use_cases.activity import expect_sign_in
from approval_svc.use_cases.open_review import plan_review
from shared import audit
from shared.audit import Action
from shared.contracts import RoleGranted, RoleRemoved


def keep_grant(session: Session, message: RoleGranted, now: datetime) -> None:
    """Keeps the grant; one that is known, or whose end came first, stays as it is."""
    values = {
        **_values(message),
        "extra_privileges": list(message.extra_privileges),
        "granted_at": message.granted_at,
        "request_id": message.request_id,
        "ends_at": message.ends_at,
        "idle_from": now,
    }
    kept = session.scalar(insert(GrantRow).values(values).on_conflict_do_nothing().returning(GrantRow.id))
    if kept is not None:
        privileges = {"extra_privileges": message.extra_privileges}
        after = {"request": message.request_id} | _audited(message) | privileges
        audit.record(session, Action.GRANT_GIVEN, ("grant", message.grant_id), now=now, after=after)
        expect_sign_in(session, message, now)
        plan_review(session, message.organization, now)


def end_grant(session: Session, message: RoleRemoved, now: datetime) -> None:
    """Keeps that the grant ended, also when its beginning has not been heard of."""
    values = {**_values(message), "extra_privileges": [], "removed_at": message.removed_at}
    ended = {"removed_at": message.removed_at}
    session.execute(insert(GrantRow).values(values).on_conflict_do_update(index_elements=[GrantRow.id], set_=ended))
    after = ended | _audited(message)
    audit.record(
        session, Action.GRANT_REMOVED, ("grant", message.grant_id), now=now, before={"removed_at": None}, after=after
    )


def _audited(message: RoleGranted | RoleRemoved) -> dict[str, object]:
    organization = message.organization
    where = f"{organization.kind}:{organization.id}" if organization else None
    return {"holder": message.holder.user_id, "role": message.role_id, "organization": where}


def _values(message: RoleGranted | RoleRemoved) -> dict[str, object]:
    organization = message.organization
    return {
        "id": message.grant_id,
        "holder_user_id": message.holder.user_id,
        "holder_name": message.holder.name,
        "holder_email": message.holder.email,
        "role_id": message.role_id,
        "role_name": message.role_name,
        "organization_kind": organization.kind if organization else None,
        "organization_id": organization.id if organization else None,
        "organization_name": organization.name if organization else None,
        "organization_time_zone": organization.time_zone if organization else None,
    }
