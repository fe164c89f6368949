"""Reads of what requests call organizations: which ones exist is request_svc's to know."""

from sqlalchemy import Subquery, select, tuple_
from sqlalchemy.orm import Session, aliased

from approval_svc.domain.routing import OrganizationId
from approval_svc.tables import ApprovalRow


def organization_name(session: Session, organization: OrganizationId) -> str | None:
    """Returns the name that the newest request to name the organization gave it, or None."""
    return session.scalar(
        select(ApprovalRow.organization_name)
        .where(ApprovalRow.organization_kind == organization.kind, ApprovalRow.organization_id == organization.id)
        .order_by(ApprovalRow.id.desc())
        .limit(1)
    )


def organizations_named(session: Session) -> dict[OrganizationId, str]:
    """Returns every organization that an approval is for, with the name that the newest request gave it.

    It goes from one organization to the next by ix_approvals_organization: the cost follows how many organizations
    there are, not how many requests.
    """
    each = _organizations()
    name = (
        select(ApprovalRow.organization_name)
        .where(ApprovalRow.organization_kind == each.c.kind, ApprovalRow.organization_id == each.c.id)
        .order_by(ApprovalRow.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(select(each.c.kind, each.c.id, name))
    return {OrganizationId(kind=kind, id=identifier): named or identifier for kind, identifier, named in rows}


def _organizations() -> Subquery:
    """Returns kind and id of each organization: the first one, and again and again the first after the last found."""
    kind, identifier = ApprovalRow.organization_kind, ApprovalRow.organization_id
    named = select(kind.label("kind"), identifier.label("id")).where(kind.is_not(None))
    first = named.order_by(kind, identifier).limit(1).subquery()
    found = select(first.c.kind, first.c.id).cte("found", recursive=True)
    later = aliased(ApprovalRow)
    following = (
        select(later.organization_kind.label("kind"), later.organization_id.label("id"))
        .where(tuple_(later.organization_kind, later.organization_id) > tuple_(found.c.kind, found.c.id))
        .order_by(later.organization_kind, later.organization_id)
        .limit(1)
        .lateral()
    )
    return select(found.union_all(select(following.c.kind, following.c.id).select_from(found, following))).subquery()
