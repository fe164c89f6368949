"""Reads that calendars need: when organizations are closed, and in which time zone they are."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from approval_svc.domain.routing import OrganizationId
from approval_svc.tables import ApprovalRow, ClosingDayRow


def closing_days_of(session: Session, organization: OrganizationId) -> dict[date, str]:
    """Returns the days on which the organization is closed, with what they are called."""
    theirs = select(ClosingDayRow.day, ClosingDayRow.name).where(
        ClosingDayRow.organization_kind == organization.kind, ClosingDayRow.organization_id == organization.id
    )
    return dict(session.execute(theirs).all())


def all_closing_days(session: Session) -> Sequence[ClosingDayRow]:
    """Returns every closing day, by organization and date."""
    columns = (ClosingDayRow.organization_kind, ClosingDayRow.organization_id, ClosingDayRow.day)
    return session.scalars(select(ClosingDayRow).order_by(*columns)).all()


def time_zone_named(session: Session, organization: OrganizationId) -> str | None:
    """Returns the time zone that the newest request to name the organization gave for it, or None."""
    return session.scalar(
        select(ApprovalRow.organization_time_zone)
        .where(
            ApprovalRow.organization_kind == organization.kind,
            ApprovalRow.organization_id == organization.id,
            ApprovalRow.organization_time_zone.is_not(None),
        )
        .order_by(ApprovalRow.id.desc())
        .limit(1)
    )
