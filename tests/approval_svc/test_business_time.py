"""Business time: what counts, in every time zone of the country, over weekends, holidays, years and clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval_svc.domain.business_time import BusinessCalendar, Hours, Skipped

CENTRAL = ZoneInfo("America/Chicago")
MAIL_HOURS = Hours(time(8), time(18))
THANKSGIVING = date(2026, 11, 26)
ALABAMA = BusinessCalendar(CENTRAL, {THANKSGIVING: "Thanksgiving Day"})
ZONES = (
    "Pacific/Guam",
    "Pacific/Pago_Pago",
    "Pacific/Honolulu",
    "America/Anchorage",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/Denver",
    "America/Chicago",
    "America/New_York",
    "America/Puerto_Rico",
    "Africa/Cairo",  # clocks spring at midnight, and on a Friday: what no US zone does must not break the rules
)

instants = st.datetimes(datetime(2023, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
business_days = st.integers(0, 60) | st.floats(0, 60)
calendars = st.builds(
    BusinessCalendar,
    st.sampled_from(ZONES).map(ZoneInfo),
    st.dictionaries(st.dates(date(2023, 1, 1), date(2029, 1, 1)), st.just("closed"), max_size=200),
)


def central(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=CENTRAL)


def test_a_friday_afternoon_counts_on_into_monday_afternoon() -> None:
    assert ALABAMA.after(central(11, 20, 15), 1) == central(11, 23, 15)


def test_a_holiday_is_passed_over() -> None:
    assert ALABAMA.after(central(11, 23, 10), 4) == central(11, 30, 10)
    assert ALABAMA.elapsed(central(11, 23, 10), central(11, 30, 10)) == 4


@pytest.mark.parametrize("asked", [central(11, 21, 3), central(11, 22, 23, 59)])
def test_what_comes_on_a_weekend_counts_from_the_beginning_of_monday(asked: datetime) -> None:
    assert ALABAMA.after(asked, 0) == central(11, 23, 0)
    assert ALABAMA.after(asked, 2) == central(11, 25, 0)


def test_a_day_is_a_day_of_the_organization() -> None:
    saturday_in_guam = datetime(2026, 11, 20, 20, tzinfo=UTC)  # still Friday in Alabama
    guam = BusinessCalendar(ZoneInfo("Pacific/Guam"), {})
    assert guam.after(saturday_in_guam, 1) == datetime(2026, 11, 24, tzinfo=guam.zone)
    assert ALABAMA.after(saturday_in_guam, 1) == saturday_in_guam + timedelta(days=3)


def test_the_wall_clock_stays_when_the_clocks_change() -> None:
    in_winter = central(3, 6, 10)
    assert ALABAMA.after(in_winter, 1) == central(3, 9, 10)
    assert ALABAMA.after(in_winter, 1) - in_winter == timedelta(days=3, hours=-1)
    assert ALABAMA.after(central(10, 30, 10), 1) == central(11, 2, 10)


def test_a_business_day_of_23_hours_lasts_one_business_day_too() -> None:
    cairo = BusinessCalendar(ZoneInfo("Africa/Cairo"), {})
    thursday_noon = datetime(2026, 4, 23, 12, tzinfo=cairo.zone)
    assert cairo.after(thursday_noon, 1) == datetime(2026, 4, 24, 12, 30, tzinfo=cairo.zone)  # it began at 1:00
    assert cairo.after(thursday_noon, 2) == datetime(2026, 4, 27, 12, tzinfo=cairo.zone)


def test_the_leap_day_and_the_turn_of_the_year_count_like_others() -> None:
    assert ALABAMA.after(central(2, 28, 9, year=2028), 1) == central(2, 29, 9, year=2028)
    new_year = BusinessCalendar(CENTRAL, {date(2027, 1, 1): "New Year's Day"})
    assert new_year.after(central(12, 31, 9), 1) == central(1, 4, 9, year=2027)


def test_nothing_is_counted_backwards() -> None:
    with pytest.raises(ValueError, match="forward only"):
        ALABAMA.after(central(11, 20, 15), -1)
    assert ALABAMA.elapsed(central(11, 23, 15), central(11, 20, 15)) == 0


def test_the_days_that_do_not_count_say_why() -> None:
    assert ALABAMA.skipped(central(11, 25, 15), central(11, 29, 9)) == (
        Skipped(THANKSGIVING, "Thanksgiving Day"),
        Skipped(date(2026, 11, 28), "Saturday"),
        Skipped(date(2026, 11, 29), "Sunday"),
    )


@pytest.mark.parametrize(
    ("due", "goes_out"),
    [
        (central(11, 23, 7, 59), central(11, 23, 8)),
        (central(11, 23, 8), central(11, 23, 8)),
        (central(11, 23, 17, 59), central(11, 23, 17, 59)),
        (central(11, 23, 18), central(11, 24, 8)),
        (central(11, 25, 20), central(11, 27, 8)),
        (central(11, 28, 12), central(11, 30, 8)),
    ],
)
def test_mail_goes_out_inside_its_hours_of_a_business_day(due: datetime, goes_out: datetime) -> None:
    assert ALABAMA.within(MAIL_HOURS, due) == goes_out


@given(calendars, instants, business_days)
def test_no_day_is_reached_that_does_not_count(calendar: BusinessCalendar, start: datetime, days: float) -> None:
    end = calendar.after(start, days)
    assert calendar.is_business_day(calendar.day_of(end))
    assert end >= start
    assert end.tzinfo is UTC


@given(calendars, instants, business_days)
def test_as_many_days_have_passed_as_were_counted(calendar: BusinessCalendar, start: datetime, days: float) -> None:
    assert calendar.elapsed(start, calendar.after(start, days)) == pytest.approx(days, abs=1e-9)


@given(calendars, instants, business_days, business_days)
def test_more_days_never_end_sooner(calendar: BusinessCalendar, start: datetime, some: float, more: float) -> None:
    some, more = sorted((some, more))
    assert calendar.after(start, some) <= calendar.after(start, more)
    in_two_steps = calendar.after(calendar.after(start, some), more - some)
    assert calendar.elapsed(start, in_two_steps) == pytest.approx(more, abs=1e-9)


@given(calendars, instants, instants, instants)
def test_time_adds_up_and_never_runs_back(
    calendar: BusinessCalendar, one: datetime, other: datetime, third: datetime
) -> None:
    first, middle, last = sorted((one, other, third))
    parts = calendar.elapsed(first, middle) + calendar.elapsed(middle, last)
    assert parts == pytest.approx(calendar.elapsed(first, last), abs=1e-6)
    assert min(calendar.elapsed(first, middle), calendar.elapsed(middle, last)) >= 0


@given(calendars, instants)
def test_mail_waits_for_its_hours_and_no_longer(calendar: BusinessCalendar, due: datetime) -> None:
    goes_out = calendar.within(MAIL_HOURS, due)
    clock = goes_out.astimezone(calendar.zone)
    assert goes_out >= due
    assert calendar.is_business_day(clock.date())
    assert time(8) <= clock.time() < time(18)
    assert goes_out == due or clock.time() == time(8)
    assert calendar.within(MAIL_HOURS, goes_out) == goes_out
    assert calendar.elapsed(due, goes_out) <= 1


@given(calendars, instants, instants)
def test_each_day_either_counts_or_says_why_not(calendar: BusinessCalendar, one: datetime, other: datetime) -> None:
    first, last = sorted((one, other))
    named = {each.day: each.why for each in calendar.skipped(first, last)}
    day, end = calendar.day_of(first), calendar.day_of(last)
    for number in range((end - day).days + 1):
        each = day + timedelta(days=number)
        assert calendar.is_business_day(each) != (each in named)
        assert named.get(each) == calendar.why_closed(each)
