"""Which days count for an organization: federal holidays, those of its state, and the days on which it is closed.

Holidays come from the `holidays` library, by year as they are asked for, so that no plan reaches beyond what is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Protocol
from zoneinfo import ZoneInfo

import holidays
from sqlalchemy.orm import Session

from approval_svc import calendar_queries, reference
from approval_svc.domain.business_time import BusinessCalendar
from approval_svc.domain.routing import OrganizationId
from shared.catalog.deadlines import Policy

NATIONAL_ZONE = "America/New_York"
"""Where no organization is named, or no zone of it known: CMS is in Baltimore."""


class Place(Protocol):
    """An organization with its IANA time zone, as the messages have it."""

    @property
    def kind(self) -> str:
        """What it is, e.g. "provider"."""

    @property
    def id(self) -> str:
        """Which one it is."""

    @property
    def time_zone(self) -> str | None:
        """Its IANA time zone, if known."""


@dataclass(frozen=True)
class ClosedDays:
    """The days that do not count for one organization besides weekends."""

    state: str | None
    own: Mapping[date, str]

    def get(self, day: date, /) -> str | None:
        """Returns why the day does not count, or None."""
        own = self.own.get(day)
        return f"Closed: {own}" if own else _holidays(self.state, day.year).get(day)


def calendar_for(session: Session, organization: Place | None, policy: Policy) -> BusinessCalendar:
    """Returns the calendar of the organization, or that of the federal offices for a national role.

    State holidays count where the policy says so and the organization's state is known: it is for a state, and for a
    provider that the catalog lists.
    """
    if organization is None:
        return BusinessCalendar(ZoneInfo(NATIONAL_ZONE), ClosedDays(None, {}))
    state, listed_zone = reference.place_of(organization.kind, organization.id)
    zone = ZoneInfo(organization.time_zone or listed_zone or NATIONAL_ZONE)
    own = calendar_queries.closing_days_of(session, OrganizationId(kind=organization.kind, id=organization.id))
    return BusinessCalendar(zone, ClosedDays(state if policy.state_holidays else None, own))


@cache
def _holidays(state: str | None, year: int) -> Mapping[date, str]:
    """Returns the federal holidays of a year (5 U.S.C. 6103) and those of the state or territory, each when observed.

    The list of a state leaves out federal holidays that the state does not keep; what the mail waits for is both.
    """
    federal = holidays.country_holidays("US", years=year)
    return {**(holidays.country_holidays("US", subdiv=state, years=year) if state else {}), **federal}
