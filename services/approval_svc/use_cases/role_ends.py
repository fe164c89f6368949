"""What time makes happen to a role that was given for a time: set when it is given, ended with it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from approval_svc import reference
from approval_svc.calendars import calendar_for
from approval_svc.domain.business_time import Hours
from approval_svc.domain.terms import notices
from approval_svc.tables import GrantRow, RoleEndRow
from shared.contracts import Organization, RoleGranted
from shared.ids import new_id


def begin(session: Session, message: RoleGranted, now: datetime) -> None:
    """Sets the notices and the end of a role that was given for a time; they are set once, and not for one that ended.

    How many days before the end there is a notice is the policy's to say.
    """
    if message.ends_at is None:
        return
    grant = session.get(GrantRow, message.grant_id, populate_existing=True)
    if grant is None or grant.removed_at is not None:
        return
    kind = message.organization.kind if message.organization else None
    days = reference.deadline_policy(message.role_id, kind).role_duration.notices
    for each, due_at in notices(message.ends_at, days, message.granted_at).items():
        row = {"id": new_id(), "grant_id": grant.id, "days": each, "due_at": due_at}
        session.execute(insert(RoleEndRow).values(row).on_conflict_do_nothing())


def end(session: Session, grant_id: UUID, now: datetime) -> None:
    """Ends what is open of a role that has ended."""
    is_open = (RoleEndRow.grant_id == grant_id, RoleEndRow.ended_at.is_(None))
    session.execute(update(RoleEndRow).where(*is_open).values(ended_at=now))


def mail_at(session: Session, grant: GrantRow, now: datetime) -> datetime:
    """Returns when mail about the role may go out: now, or when the mail hours of its organization begin next."""
    policy = reference.deadline_policy(grant.role_id, grant.organization_kind)
    calendar = calendar_for(session, organization_of(grant), policy)
    return calendar.within(Hours(*policy.mail_hours), now)


def organization_of(grant: GrantRow) -> Organization | None:
    """Returns the organization that the role is for, as messages name it; None for a national role."""
    if grant.organization_kind is None or grant.organization_id is None:
        return None
    return Organization(
        kind=grant.organization_kind,
        id=grant.organization_id,
        name=grant.organization_name or grant.organization_id,
        time_zone=grant.organization_time_zone,
    )
