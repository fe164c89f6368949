"""Which days count where: holidays by law, those of a state where the policy says so, and closing days."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from approval_svc.calendars import calendar_for
from approval_svc.domain.business_time import BusinessCalendar
from approval_svc.tables import ClosingDayRow
from shared.catalog import the_catalog
from shared.contracts import Organization
from shared.db import Database
from tests.approval_svc.factories import ALABAMA, COLORADO_UNIVERSITY, MAUMEE

POLICY = the_catalog().deadline_policy("contract-surveyor", "contract-organization")
WITH_STATES = replace(POLICY, state_holidays=True)


def calendar(
    database: Database, organization: Organization | None = ALABAMA, *, state_holidays: bool = False
) -> BusinessCalendar:
    with database.reading() as session:
        return calendar_for(session, organization, WITH_STATES if state_holidays else POLICY)


def state(code: str) -> Organization:
    return Organization(kind="state", id=code, name=code)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 1, 1), "New Year's Day"),
        (date(2026, 1, 19), "Martin Luther King Jr. Day"),
        (date(2026, 2, 16), "Washington's Birthday"),
        (date(2026, 5, 25), "Memorial Day"),
        (date(2026, 6, 19), "Juneteenth National Independence Day"),
        (date(2026, 7, 3), "Independence Day (observed)"),
        (date(2026, 9, 7), "Labor Day"),
        (date(2026, 10, 12), "Columbus Day"),
        (date(2026, 11, 11), "Veterans Day"),
        (date(2026, 11, 26), "Thanksgiving Day"),
        (date(2026, 12, 25), "Christmas Day"),
        (date(2027, 6, 18), "Juneteenth National Independence Day (observed)"),
        (date(2027, 7, 5), "Independence Day (observed)"),
        (date(2027, 12, 24), "Christmas Day (observed)"),
        (date(2027, 12, 31), "New Year's Day (observed)"),  # of 2028: the law's day lies in the year before
    ],
)
def test_federal_holidays_do_not_count_anywhere(approval_database: Database, day: date, name: str) -> None:
    for organization in (None, ALABAMA, state("GU"), state("PR"), COLORADO_UNIVERSITY):
        assert calendar(approval_database, organization).why_closed(day) == name


@pytest.mark.parametrize("day", [date(2020, 6, 19), date(2026, 11, 27), date(2026, 12, 24), date(2026, 4, 3)])
def test_days_that_are_no_federal_holidays_count(approval_database: Database, day: date) -> None:
    assert calendar(approval_database).is_business_day(day)


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("AL", date(2026, 6, 1)),  # Jefferson Davis' birthday
        ("TX", date(2026, 3, 2)),  # Texas Independence Day
        ("HI", date(2026, 6, 11)),  # Kamehameha Day
        ("GU", date(2026, 7, 21)),  # Liberation Day
        ("PR", date(2026, 1, 6)),  # Three Kings
        ("VI", date(2026, 3, 31)),  # Transfer Day
        ("MP", date(2026, 11, 4)),  # Citizenship Day
        ("AS", date(2026, 4, 17)),  # American Samoa Day
        ("DC", date(2026, 4, 16)),  # Emancipation Day
    ],
)
def test_a_states_holidays_do_not_count_where_the_policy_says_so(
    approval_database: Database, code: str, day: date
) -> None:
    assert not calendar(approval_database, state(code), state_holidays=True).is_business_day(day)
    assert calendar(approval_database, state(code)).is_business_day(day)


def test_a_state_that_does_not_keep_a_federal_holiday_has_it_all_the_same(approval_database: Database) -> None:
    hawaii = calendar(approval_database, state("HI"), state_holidays=True)
    assert hawaii.why_closed(date(2026, 10, 12)) == "Columbus Day"


def test_every_state_and_territory_of_the_catalog_has_a_calendar(approval_database: Database) -> None:
    for place in the_catalog().organizations_of("state"):
        organization = Organization(kind="state", id=place.id, name=place.name)
        found = calendar(approval_database, organization, state_holidays=True)
        assert found.zone == ZoneInfo(place.time_zone)
        assert not found.is_business_day(date(2026, 12, 25))


def test_a_provider_has_the_holidays_of_its_state_when_that_is_known(approval_database: Database) -> None:
    listed = next(each for each in the_catalog().organizations_of("provider") if each.state == "AL")
    provider = Organization(kind="provider", id=listed.id, name=listed.name)
    davis = date(2026, 6, 1)
    assert not calendar(approval_database, provider, state_holidays=True).is_business_day(davis)
    assert calendar(approval_database, MAUMEE, state_holidays=True).is_business_day(davis)


def test_the_zone_is_that_of_the_request_then_of_the_catalog_then_eastern(approval_database: Database) -> None:
    moved = replace(ALABAMA, time_zone="America/New_York")
    assert calendar(approval_database, moved).zone == ZoneInfo("America/New_York")
    assert calendar(approval_database, state("AL")).zone == ZoneInfo("America/Chicago")
    assert calendar(approval_database, replace(MAUMEE, time_zone=None)).zone == ZoneInfo("America/New_York")
    assert calendar(approval_database, None).zone == ZoneInfo("America/New_York")


def test_an_organization_is_closed_on_its_own_days_and_others_are_not(approval_database: Database) -> None:
    day = date(2026, 12, 24)
    with approval_database.transaction() as session:
        session.add(ClosingDayRow(organization_kind="state", organization_id="AL", day=day, name="Move"))
    assert calendar(approval_database).why_closed(day) == "Closed: Move"
    for other in (None, state("AK"), Organization(kind="mac", id="AL", name="AL")):
        assert calendar(approval_database, other).is_business_day(day)
