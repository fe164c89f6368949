"""Officials who leave, and organizations that have few of them."""

from datetime import timedelta

import pytest

from approval_svc.domain.few import quarter_of
from approval_svc.domain.routing import AuthorityId
from approval_svc.tables import OfficialRow
from approval_svc.use_cases.follow_closed_account import follow_closed_account
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.follow_removal import follow_removal
from approval_svc.use_cases.remove_official import remove_official
from approval_svc.use_cases.tell_few_officials import tell_few_officials
from shared.contracts import AccountClosed, ApprovalRequested, FewOfficials, Person
from shared.db import Database
from tests.approval_svc.factories import (
    ALABAMA,
    LIFETIME,
    LONG_AGO,
    NOW,
    approvals_of,
    asked,
    general_user,
    grant,
    official,
    published,
    removal,
    route,
)

LORETTA = Person(user_id="loretta", name="Loretta Simmons", email="loretta@officials.example")
CLOSED = AccountClosed(account=LORETTA, closed_at=NOW)
LATER = NOW + timedelta(hours=1)


def test_who_closes_their_account_is_no_official_any_more_and_others_are_asked(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        here = official(session, "state", "AL", "loretta")
        there = official(session, "cms", "cms", "loretta", email="l@cms.example")
        official(session, "state", "AL", "ann")
        (approval,) = route(session, general_user())
        assert asked(approval) == {"loretta", "ann"}
        follow_closed_account(session, CLOSED, LIFETIME, LATER)
        session.refresh(approval, ["askings"])
        assert (here.active, there.active, asked(approval)) == (False, False, {"ann"})


def test_what_waited_for_the_only_official_goes_to_the_next_authority(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        official(session, "cms", "cms", "margaret")
        request = general_user()
        route(session, request)
        follow_closed_account(session, CLOSED, LIFETIME, LATER)
        (approval,) = approvals_of(session, request)
        assert asked(approval) == {"margaret"}
        newest = published(session, ApprovalRequested)[-1]
        assert [each.user_id for each in newest.officials] == ["margaret"]


def test_what_waited_for_an_official_whose_role_was_removed_goes_to_others(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        given = grant(LORETTA, "state-agency-security-official", ALABAMA)
        follow_grant(session, given, LIFETIME, NOW)
        official(session, "cms", "cms", "margaret")
        request = general_user()
        route(session, request)
        follow_removal(session, removal(given), LIFETIME, LATER)
        assert asked(approvals_of(session, request)[0]) == {"margaret"}


def test_closing_the_account_of_somebody_who_is_no_official_changes_nothing(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        ann = official(session, "state", "AL", "ann")
        follow_closed_account(session, CLOSED, LIFETIME, LATER)
        assert ann.active


def short(database: Database, *user_ids: str, **differently: object) -> list[OfficialRow]:
    with database.transaction() as session:
        added = {"added_at": LONG_AGO} | differently
        return [official(session, "state", "AL", user_id, **added) for user_id in user_ids]


def tick(database: Database, now: object = NOW) -> int:
    with database.transaction() as session:
        return tell_few_officials(session, now)  # type: ignore[arg-type]  # always an instant


def told(database: Database) -> list[FewOfficials]:
    with database.reading() as session:
        return published(session, FewOfficials)


def test_the_only_official_is_told_once_a_quarter(approval_database: Database) -> None:
    short(approval_database, "loretta")
    for days in (0, 1, 37, 38, 39):
        tick(approval_database, NOW + timedelta(days=days))
    first, second = told(approval_database)
    assert (first.quarter, second.quarter) == ("2026-Q4", "2027-Q1")
    assert [each.user_id for each in first.officials] == ["loretta"]
    assert (first.authority.name, first.recommended) == ("Security Officials of Alabama", 2)
    assert first.organization is not None
    assert first.organization.name == "Alabama"


def test_two_are_enough_but_they_must_be_reachable(approval_database: Database) -> None:
    short(approval_database, "loretta", "ann")
    assert tick(approval_database) == 0
    with approval_database.transaction() as session:
        remove_official(session, AuthorityId(kind="state", id="AL"), "ann", LIFETIME, NOW)
    assert tick(approval_database, NOW + timedelta(days=6)) == 0
    assert tick(approval_database, NOW + timedelta(days=7)) == 1


def test_nobody_is_told_where_nobody_can_be_or_of_national_bodies(approval_database: Database) -> None:
    short(approval_database, "loretta", reachable=False)
    short(approval_database, "ann", active=False, removed_at=LONG_AGO)
    with approval_database.transaction() as session:
        official(session, "cms", "cms", "margaret", added_at=LONG_AGO)
    assert tick(approval_database) == 0


def test_two_beats_tell_once(approval_database: Database) -> None:
    short(approval_database, "loretta")
    assert (tick(approval_database), tick(approval_database)) == (1, 0)
    assert len(told(approval_database)) == 1


def test_those_who_were_told_do_not_hold_up_the_others(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("approval_svc.use_cases.tell_few_officials.BATCH", 1)
    short(approval_database, "loretta")
    with approval_database.transaction() as session:
        official(session, "state", "AK", "nanook", added_at=LONG_AGO)
    for _ in range(3):
        tick(approval_database)
    assert {each.authority.id for each in told(approval_database)} == {"AL", "AK"}


@pytest.mark.parametrize(("days", "quarter"), [(0, "2026-Q4"), (39, "2027-Q1"), (130, "2027-Q2")])
def test_quarters_are_those_of_the_calendar(days: int, quarter: str) -> None:
    assert quarter_of(NOW + timedelta(days=days)) == quarter
