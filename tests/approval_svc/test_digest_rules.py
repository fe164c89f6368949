"""When a digest is due, and whose mails become one."""

from datetime import UTC, date, datetime, time
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval_svc.domain.business_time import BusinessCalendar, Hours
from approval_svc.domain.digests import MailDays, Mails, Told, in_one_mail
from shared import digest_links, links

CHICAGO = ZoneInfo("America/Chicago")
CHRISTMAS = {date(2026, 12, 25): "Christmas Day"}
DAYS = MailDays(BusinessCalendar(CHICAGO, CHRISTMAS), Hours(time(8), time(18)))
NOON = datetime(2026, 6, 3, 17, 0, tzinfo=UTC)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given below


def in_chicago(*when: int) -> datetime:
    return datetime(*when, tzinfo=CHICAGO)  # type: ignore[arg-type,misc]  # year, month, day, hour, minute


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (in_chicago(2026, 6, 3, 7, 59), in_chicago(2026, 6, 3, 8, 0)),
        (in_chicago(2026, 6, 3, 8, 0), in_chicago(2026, 6, 4, 8, 0)),
        (in_chicago(2026, 6, 5, 17, 0), in_chicago(2026, 6, 8, 8, 0)),
        (in_chicago(2026, 12, 24, 9, 0), in_chicago(2026, 12, 28, 8, 0)),
    ],
    ids=["before the hour", "at the hour", "over the weekend", "over a holiday"],
)
def test_the_next_digest_is_due_when_the_next_business_day_begins_at_the_desk(now: datetime, due: datetime) -> None:
    assert DAYS.next_digest(now) == due


@given(instants)
def test_a_digest_is_due_later_on_a_business_day_at_the_hour_and_mail_may_go_out_then(now: datetime) -> None:
    due = DAYS.next_digest(now)
    assert due > now
    assert due.astimezone(CHICAGO).time() == time(8)
    assert DAYS.calendar.is_business_day(DAYS.calendar.day_of(due))
    assert DAYS.are_open(due)


def test_each_choice_says_what_comes() -> None:
    assert {each: (each.at_once, each.daily) for each in Mails} == {
        Mails.IMMEDIATE: (True, False),
        Mails.DIGEST: (False, True),
        Mails.BOTH: (True, True),
    }


def told(user_id: str, approval_id: UUID, when: datetime = NOON) -> Told:
    return Told(user_id=user_id, approval_id=approval_id, not_before=when)


def test_several_approvals_for_one_person_at_one_time_are_one_mail() -> None:
    first, second, later = uuid4(), uuid4(), datetime(2026, 6, 4, 13, 0, tzinfo=UTC)
    mails = [told("loretta", first), told("loretta", second), told("otto", first), told("otto", second, later)]
    assert in_one_mail(mails) == {("loretta", NOON): (first, second)}


def test_one_approval_is_a_mail_of_its_own_for_somebody_who_stands_for_two_authorities_too() -> None:
    approval = uuid4()
    assert in_one_mail([told("loretta", approval), told("loretta", approval)]) == {}


def test_the_links_of_a_digest_and_of_a_decision_are_not_each_others() -> None:
    keys, (what, official) = ("k" * 40,), (uuid4(), uuid4())
    of_digest = digest_links.mint(keys, digest_id=what, official_id=official, expires_at=NOON)
    of_decision = links.mint(keys, approval_id=what, official_id=official, expires_at=NOON)
    assert digest_links.read(keys, of_digest).digest_id == what
    with pytest.raises(links.AlteredLinkError):
        digest_links.read(keys, of_decision)
    with pytest.raises(links.AlteredLinkError):
        links.read(keys, of_digest)
