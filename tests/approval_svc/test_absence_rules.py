"""When somebody may be absent, and who may act for them: each refusal with the field that it is about."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval_svc.domain.absences import (
    Days,
    Planned,
    Substitute,
    UnusableAbsenceError,
    check_conflicts,
    check_days,
)

CHICAGO, HONOLULU = ZoneInfo("America/Chicago"), ZoneInfo("Pacific/Honolulu")
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ANN = Substitute(user_id="ann", name="Ann Brown")


def days(first: str, last: str, zone: ZoneInfo = CHICAGO) -> Days:
    return Days(first=date.fromisoformat(first), last=date.fromisoformat(last), zone=zone)


def planned(user_id: str, substitute: str, first: str, last: str) -> Planned:
    return Planned(user_id=user_id, name=user_id.title(), days=days(first, last), substitute=substitute)


def refused_at(first: str, last: str, begun: date | None = None) -> str:
    with pytest.raises(UnusableAbsenceError) as refused:
        check_days(days(first, last), NOW, begun=begun)
    return refused.value.field


def test_days_count_by_the_clock_of_the_official_both_included() -> None:
    week = days("2026-12-21", "2026-12-27")
    assert week.begins_at == datetime(2026, 12, 21, 6, tzinfo=UTC)
    assert week.ends_at == datetime(2026, 12, 28, 6, tzinfo=UTC)


def test_a_day_that_daylight_saving_makes_longer_is_absent_as_a_whole() -> None:
    sunday = days("2026-11-01", "2026-11-01")
    assert (sunday.ends_at - sunday.begins_at).total_seconds() == 25 * 3600


def test_today_is_a_day_on_which_an_absence_may_begin() -> None:
    check_days(days("2026-11-23", "2026-11-23"), NOW)


def test_what_is_today_is_the_officials_own_day() -> None:
    evening = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)  # 7 PM on the 23rd in Honolulu
    check_days(days("2026-11-23", "2026-11-23", HONOLULU), evening)


def test_days_in_the_past_are_refused() -> None:
    assert refused_at("2026-11-22", "2026-11-25") == "first_day"


def test_days_that_run_backwards_are_refused() -> None:
    assert refused_at("2026-11-25", "2026-11-24") == "last_day"


def test_more_than_a_year_ahead_is_refused() -> None:
    assert refused_at("2026-11-25", "2027-11-25") == "last_day"


def test_the_first_day_of_an_absence_that_has_begun_stays() -> None:
    begun = date(2026, 11, 20)
    check_days(days("2026-11-20", "2026-11-23"), NOW, begun=begun)
    assert refused_at("2026-11-24", "2026-11-25", begun) == "first_day"
    assert refused_at("2026-11-20", "2026-11-22", begun) == "last_day"


@pytest.mark.parametrize(
    ("other", "field"),
    [
        (planned("john", "cho", "2026-12-24", "2026-12-30"), "first_day"),
        (planned("lee", "john", "2026-12-24", "2026-12-30"), "first_day"),
        (planned("ann", "cho", "2026-12-24", "2026-12-30"), "substitute"),
    ],
    ids=["absent twice at a time", "whoever acts for somebody is absent", "who is to act is absent"],
)
def test_what_does_not_go_together_is_refused(other: Planned, field: str) -> None:
    with pytest.raises(UnusableAbsenceError) as refused:
        check_conflicts("john", days("2026-12-21", "2026-12-24"), ANN, [other])
    assert refused.value.field == field
    assert "12/24/2026 to 12/30/2026" in refused.value.sentence


@pytest.mark.parametrize("user_id", ["john", "ann", "lee"])
def test_the_day_after_is_free_again(user_id: str) -> None:
    other = planned(user_id, "john" if user_id == "lee" else "cho", "2026-12-25", "2026-12-30")
    check_conflicts("john", days("2026-12-21", "2026-12-24"), ANN, [other])


def test_one_may_act_for_two_at_a_time() -> None:
    check_conflicts("john", days("2026-12-21", "2026-12-24"), ANN, [planned("lee", "ann", "2026-12-20", "2026-12-30")])


PEOPLE = st.sampled_from(["ann", "ben", "cho", "dora"])
somebody = st.tuples(PEOPLE, PEOPLE, st.integers(1, 20), st.integers(0, 9)).filter(lambda each: each[0] != each[1])


@given(st.lists(somebody, max_size=8))
def test_whatever_is_entered_nobody_absent_acts_for_another(entered: list[tuple[str, str, int, int]]) -> None:
    taken: list[Planned] = []
    for user_id, substitute, first, length in entered:
        own = Days(first=date(2026, 12, first), last=date(2026, 12, first + length), zone=CHICAGO)
        try:
            check_conflicts(user_id, own, Substitute(user_id=substitute, name=substitute), taken)
        except UnusableAbsenceError:
            continue
        taken.append(Planned(user_id=user_id, name=user_id, days=own, substitute=substitute))
    for one in taken:
        for other in taken:
            if one is not other and one.days.overlap(other.days):
                assert one.user_id != other.user_id
                assert one.substitute != other.user_id
