"""When officials are mailed: on the days and at the hours of the organization they stand for, by their own clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from approval_svc.calendars import calendar_for
from approval_svc.domain.business_time import BusinessCalendar, Hours
from deploy.simulation.world import World
from shared.catalog import the_catalog


@dataclass(frozen=True)
class Desk:
    """Where an official sits."""

    kind: str
    id: str
    time_zone: str


@dataclass(frozen=True)
class AtWork:
    """When somebody is at work."""

    calendar: BusinessCalendar
    hours: Hours

    def mail_at(self, now: datetime) -> datetime:
        """Returns when they may be mailed: now, or when they are at work next."""
        return self.calendar.within(self.hours, now)

    def next_day(self, now: datetime) -> datetime:
        """Returns when the mail hours begin next."""
        return self.calendar.within(Hours(self.hours.opens, self.hours.opens), now)


Everybody = Mapping[str, AtWork]
"""When each official (user id) is at work."""


def at_work(session: Session, world: World) -> Everybody:
    """Returns when each official is at work; of several authorities the first one counts."""
    found = {}
    for someone in world.officials:
        kind, identifier = someone.authorities[0]
        policy = the_catalog().deadline_policy("", kind)
        calendar = calendar_for(session, Desk(kind, identifier, someone.zone), policy)
        found[someone.user_id] = AtWork(calendar, Hours(*policy.mail_hours))
    return found
