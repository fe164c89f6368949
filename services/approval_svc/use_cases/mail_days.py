"""When an official is at work: which days and hours their digest keeps to."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from approval_svc import reference
from approval_svc.calendars import calendar_for
from approval_svc.domain.business_time import Hours
from approval_svc.domain.digests import MailDays
from approval_svc.tables import OfficialRow


@dataclass(frozen=True)
class _Desk:
    """Where an official sits: the organization that they stand for, in their own time zone where it is known."""

    kind: str
    id: str
    time_zone: str | None


def mail_days(session: Session, rows: Sequence[OfficialRow]) -> MailDays:
    """Returns the days and hours of a person, whose rows in the directory these are, at least one of them.

    They are those of the organization that the person has stood for longest: its holidays and closing days, the mail
    hours of its policy, by the person's own clock where it is known.
    """
    home = rows[0]
    zone = next((row.time_zone for row in rows if row.time_zone), None)
    policy = reference.organization_policy(home.authority_kind)
    calendar = calendar_for(session, _Desk(home.authority_kind, home.authority_id, zone), policy)
    return MailDays(calendar, Hours(*policy.mail_hours))
