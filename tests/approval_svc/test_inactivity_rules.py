"""The rules of inactivity: who is warned when, when roles end, and that nobody gets two mails on a day."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from approval_svc.domain.business_time import Hours
from approval_svc.domain.inactivity import Idle, in_hours, judge

CHICAGO = ZoneInfo("America/Chicago")
HOURS = Hours(time(8), time(18))
SINCE = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)
"""10:00 in Chicago."""
DAY = timedelta(days=1)


def role(since: datetime = SINCE, **differently: object) -> Idle:
    values: dict[str, object] = {
        "grant_id": uuid4(),
        "since": since,
        "warnings": (50, 53, 55, 57, 59),
        "end": 60,
        "zone": CHICAGO,
        "hours": HOURS,
    }
    return Idle(**values | differently)  # type: ignore[arg-type]  # the fields of Idle


class Person:
    """Somebody who never signs in, under a beat that ticks every so often."""

    def __init__(self, *roles: Idle) -> None:
        self.roles = {each.grant_id: each for each in roles}
        self.told_at: datetime | None = None
        self.warnings: list[tuple[datetime, dict[UUID, datetime]]] = []
        self.ends: dict[UUID, datetime] = {}

    def tick(self, now: datetime) -> datetime | None:
        verdict = judge(list(self.roles.values()), self.told_at, now)
        assert not (verdict.warned and verdict.ended)
        for each in verdict.warned:
            self.roles[each.grant_id] = each
        if verdict.warned:
            self.warnings.append((now, {each.grant_id: each.ends_at for each in verdict.warned}))
        for each in verdict.ended:
            self.ends[self.roles.pop(each.grant_id).grant_id] = now
        self.told_at = now if verdict.warned or verdict.ended else self.told_at
        return verdict.next_at

    def live(self, start: datetime, days: int, every: timedelta) -> None:
        now = start
        while now <= start + days * DAY:
            self.tick(now)
            now += every

    def live_in_time(self, start: datetime) -> None:
        """A beat that looks at the very instants that were planned."""
        now: datetime | None = start
        for _ in range(50):
            if now is None:
                return
            later = self.tick(now)
            assert later is None or later > now
            now = later
        raise AssertionError("it never ends")

    @property
    def mails(self) -> list[datetime]:
        return sorted([*(now for now, _ in self.warnings), *set(self.ends.values())])


def days_since(instant: datetime) -> float:
    return (instant - SINCE) / DAY


def test_warnings_come_on_the_days_of_the_policy_and_the_end_on_the_sixtieth() -> None:
    one = role()
    person = Person(one)
    person.live_in_time(SINCE)
    assert [days_since(now) for now, _ in person.warnings] == [50, 53, 55, 57, 59]
    assert days_since(person.ends[one.grant_id]) == 60


def test_what_would_happen_at_night_happens_when_mail_hours_begin() -> None:
    late = role(SINCE + timedelta(hours=10))  # 20:00 in Chicago
    person = Person(late)
    person.live_in_time(SINCE)
    assert {now.astimezone(CHICAGO).time() for now in person.mails} == {time(8)}


def test_roles_of_one_person_are_told_of_in_one_mail_a_day() -> None:
    first, second = role(), role(SINCE + timedelta(hours=3))
    person = Person(first, second)
    person.live_in_time(SINCE)
    assert all(set(roles) == {first.grant_id, second.grant_id} for _, roles in person.warnings)
    assert len(person.warnings) == 5


def test_a_role_that_is_far_from_its_end_is_not_listed() -> None:
    old, new = role(), role(SINCE + 30 * DAY)
    person = Person(old, new)
    person.live(SINCE, 60, timedelta(hours=1))
    assert all(set(roles) == {old.grant_id} for _, roles in person.warnings)


def test_after_an_outage_the_warning_comes_first_and_the_end_a_day_later() -> None:
    one = role()
    person = Person(one)
    person.live(SINCE + 75 * DAY, 3, timedelta(minutes=10))
    assert [days_since(now) for now, _ in person.warnings] == [75]
    assert days_since(person.ends[one.grant_id]) == 76


def test_signing_in_begins_anew() -> None:
    warned = role(warned_at=SINCE + 59 * DAY)
    back = replace(warned, since=SINCE + 59 * DAY + timedelta(hours=1))
    verdict = judge([back], SINCE + 59 * DAY, SINCE + 61 * DAY)
    assert not verdict.warned
    assert not verdict.ended
    assert verdict.next_at == back.since + 50 * DAY


def test_a_policy_without_warnings_ends_roles_unannounced_because_it_says_so() -> None:
    one = role(warnings=())
    person = Person(one)
    person.live_in_time(SINCE)
    assert person.warnings == []
    assert days_since(person.ends[one.grant_id]) == 60


def test_who_has_no_role_is_not_looked_at_again() -> None:
    assert judge([], None, SINCE).next_at is None


@settings(max_examples=30)
@given(
    st.lists(st.integers(0, 40 * 24 * 60), min_size=1, max_size=4),
    st.sampled_from(["America/Chicago", "Pacific/Guam", "America/Los_Angeles"]),
    st.integers(60, 900),
    st.integers(0, 90),
)
def test_at_random_nobody_gets_two_mails_on_a_day_and_nothing_ends_unannounced(
    starts: list[int], zone: str, minutes: int, outage: int
) -> None:
    roles = [role(SINCE + timedelta(minutes=each), zone=ZoneInfo(zone)) for each in starts]
    person = Person(*roles)
    person.live(SINCE + outage * DAY, 105, timedelta(minutes=minutes))
    days = [now.astimezone(ZoneInfo(zone)).date() for now in person.mails]
    assert len(days) == len(set(days))
    for each in roles:
        told = [now for now, listed in person.warnings if each.grant_id in listed]
        ended = person.ends[each.grant_id]
        assert ended - each.since >= 60 * DAY
        assert ended - min(told) >= DAY
        assert ended >= max(listed[each.grant_id] for _, listed in person.warnings if each.grant_id in listed)
        assert min(told) - each.since >= 49 * DAY
        assert len(told) <= 15
    assert all(in_hours(now, ZoneInfo(zone), HOURS) == now for now in person.mails)
