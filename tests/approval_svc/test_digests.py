"""The daily digest: one mail of what waits for an official, once a business day."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from approval_svc.domain.approvals import Verdict, Way
from approval_svc.domain.choices import Choice
from approval_svc.domain.digests import Mails
from approval_svc.tables import AskingRow, DigestEntryRow, DigestRow, OfficialPreferencesRow
from approval_svc.use_cases import digesting
from approval_svc.use_cases.send_digests import TRIED_AGAIN_AFTER, forget_digests, send_digests
from shared.contracts import (
    DigestKind,
)
from shared.db import Database
from tests.approval_svc.digests import (
    FRIDAY_AT_8,
    MONDAY,
    NEXT_MONDAY_AT_8,
    TUESDAY_AT_8,
    beat,
    choose,
    digests,
    more,
    somebody,
    waiting,
)
from tests.approval_svc.factories import (
    LIFETIME,
    general_user,
    give,
    official,
    role_requested,
    route,
)


def test_what_waits_comes_in_one_mail_at_the_mail_hour_of_the_next_business_day(approval_database: Database) -> None:
    loretta = waiting(approval_database, 5)
    choose(approval_database, Mails.DIGEST)
    assert beat(approval_database, TUESDAY_AT_8 - timedelta(seconds=1)) == 0
    assert beat(approval_database, TUESDAY_AT_8) == 1
    (digest,) = digests(approval_database)
    assert (digest.kind, digest.official.user_id, digest.not_before) == (DigestKind.DAILY, "loretta", TUESDAY_AT_8)
    assert [entry.requester for entry in digest.entries] == [f"Person {number}" for number in range(5)]
    assert {entry.official_id for entry in digest.entries} == {loretta.id}
    assert all(entry.is_new for entry in digest.entries)
    assert digest.links_expire_at == TUESDAY_AT_8 + LIFETIME


def test_an_entry_says_by_when_and_until_when(approval_database: Database) -> None:
    waiting(approval_database, 1)
    with approval_database.transaction() as session:
        official(session, "cms", "cms", "margaret")
    choose(approval_database, Mails.DIGEST)
    beat(approval_database, TUESDAY_AT_8)
    ((entry,),) = (digest.entries for digest in digests(approval_database))
    assert entry.decide_by == datetime(2026, 6, 15, 15, 0, tzinfo=UTC)  # five business days: CMS is asked besides
    assert entry.expires_at == datetime(2026, 7, 8, 15, 0, tzinfo=UTC)  # twenty, without two holidays


def test_it_comes_once_a_day_however_many_beats_run(approval_database: Database) -> None:
    waiting(approval_database)
    choose(approval_database, Mails.DIGEST)
    with approval_database.transaction() as first, approval_database.transaction() as second:
        assert send_digests(first, LIFETIME, TUESDAY_AT_8) == 1
        assert send_digests(second, LIFETIME, TUESDAY_AT_8) == 0  # the first one has it in hand
    assert beat(approval_database, TUESDAY_AT_8 + timedelta(seconds=30)) == 0
    assert len(digests(approval_database)) == 1


def test_the_next_one_marks_what_is_new_and_leaves_out_what_was_decided(approval_database: Database) -> None:
    loretta = waiting(approval_database, 3)
    choose(approval_database, Mails.DIGEST)
    beat(approval_database, TUESDAY_AT_8)
    with approval_database.transaction() as session:
        decided = session.scalars(select(AskingRow).order_by(AskingRow.approval_id)).first()
        assert decided is not None
        give(session, decided.approval, loretta, Choice(verdict=Verdict.APPROVED), Way(signed_in_as="loretta"))
    more(approval_database, 3, TUESDAY_AT_8 + timedelta(hours=2))
    beat(approval_database, TUESDAY_AT_8 + timedelta(days=1))
    listed = [[(entry.requester, entry.is_new) for entry in digest.entries] for digest in digests(approval_database)]
    assert listed[1] == [("Person 1", False), ("Person 2", False), ("Person 3", True)]


def test_when_nothing_waits_there_is_no_mail(approval_database: Database) -> None:
    waiting(approval_database, 0)
    choose(approval_database, Mails.DIGEST)
    assert beat(approval_database, TUESDAY_AT_8) == 1
    assert digests(approval_database) == []
    with approval_database.reading() as session:
        chosen = session.get_one(OfficialPreferencesRow, "loretta")
        assert chosen.next_digest_at == TUESDAY_AT_8 + timedelta(days=1)


def test_there_is_none_at_the_weekend(approval_database: Database) -> None:
    waiting(approval_database, 2)
    choose(approval_database, Mails.DIGEST, FRIDAY_AT_8 + timedelta(hours=1))
    for hours in range(1, 73):
        beat(approval_database, FRIDAY_AT_8 + timedelta(hours=hours))
    (digest,) = digests(approval_database)
    assert digest.made_at == NEXT_MONDAY_AT_8


def test_one_that_is_late_comes_once_and_not_in_the_night(approval_database: Database) -> None:
    waiting(approval_database, 2)
    choose(approval_database, Mails.DIGEST)
    beat(approval_database, TUESDAY_AT_8 + timedelta(days=2, hours=14))  # no beat ran since Monday; it is 10 PM
    assert digests(approval_database) == []
    beat(approval_database, FRIDAY_AT_8 + timedelta(hours=3))
    beat(approval_database, FRIDAY_AT_8 + timedelta(hours=4))
    assert [digest.made_at for digest in digests(approval_database)] == [FRIDAY_AT_8 + timedelta(hours=3)]


def test_the_hour_is_that_of_the_officials_own_zone(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta", time_zone="Pacific/Guam")
        route(session, general_user(), MONDAY)
    choose(approval_database, Mails.DIGEST)
    with approval_database.reading() as session:
        chosen = session.get_one(OfficialPreferencesRow, "loretta")
        assert chosen.next_digest_at == datetime(2026, 6, 8, 22, 0, tzinfo=UTC)  # 8:00 on Tuesday in Guam


def test_all_authorities_of_one_person_are_one_mail(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        official(session, "cms", "cms", "loretta")
        route(session, general_user(requester=somebody(1)), MONDAY)
        route(session, role_requested("cms-general-user", requester=somebody(2)), MONDAY)
    choose(approval_database, Mails.BOTH)
    beat(approval_database, TUESDAY_AT_8)
    (digest,) = digests(approval_database)
    assert {entry.requester for entry in digest.entries} == {"Person 1", "Person 2"}
    assert len({entry.official_id for entry in digest.entries}) == 2


def test_one_that_cannot_be_made_does_not_hold_up_the_others(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(approval_database, 2)
    with approval_database.transaction() as session:
        official(session, "cms", "cms", "margaret")
        route(session, role_requested("cms-general-user", requester=somebody(9)), MONDAY)
    choose(approval_database, Mails.DIGEST)
    choose(approval_database, Mails.DIGEST, user_id="margaret")
    make = digesting.make

    def break_one(session: Session, askings: list[AskingRow], *rest: object, **more: object) -> object:
        if askings[0].official.user_id == "loretta":
            session.execute(text("SELECT 1 / 0"))
        return make(session, askings, *rest, **more)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(digesting, "make", break_one)
    beat(approval_database, TUESDAY_AT_8 + timedelta(hours=1))
    assert [digest.official.user_id for digest in digests(approval_database)] == ["margaret"]
    monkeypatch.setattr(digesting, "make", make)
    beat(approval_database, TUESDAY_AT_8 + timedelta(hours=1) + TRIED_AGAIN_AFTER)
    assert [digest.official.user_id for digest in digests(approval_database)] == ["margaret", "loretta"]


def test_nobody_finds_their_own_request_in_their_digest(approval_database: Database) -> None:
    loretta = waiting(approval_database, 2)
    choose(approval_database, Mails.DIGEST)
    with approval_database.transaction() as session:
        # As if routing had put it before her: the digest looks for itself.
        asking = session.scalars(select(AskingRow).order_by(AskingRow.approval_id)).first()
        assert asking is not None
        asking.approval.request.requester_email = loretta.email.upper()
    beat(approval_database, TUESDAY_AT_8)
    (digest,) = digests(approval_database)
    assert [entry.requester for entry in digest.entries] == ["Person 1"]


def test_old_digests_are_forgotten_with_what_they_listed(approval_database: Database) -> None:
    waiting(approval_database, 2)
    choose(approval_database, Mails.DIGEST)
    beat(approval_database, TUESDAY_AT_8)
    for days, left in ((89, 1), (91, 0)):
        with approval_database.transaction() as session:
            forget_digests(session, TUESDAY_AT_8 + timedelta(days=days))
            assert session.scalar(select(func.count()).select_from(DigestRow)) == left
            assert bool(session.scalar(select(func.count()).select_from(DigestEntryRow))) == bool(left)
