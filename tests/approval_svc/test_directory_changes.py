"""What happens to requests that wait when the directory of officials changes."""

import pytest

from approval_svc import queries
from approval_svc.domain.official_rows import OfficialEntry
from approval_svc.domain.routing import AuthorityId
from approval_svc.tables import RequestRow
from approval_svc.use_cases.explain_request import explain_request
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.follow_removal import follow_removal
from approval_svc.use_cases.import_officials import import_officials
from approval_svc.use_cases.mark_unreachable import mark_unreachable
from approval_svc.use_cases.remove_official import NoSuchOfficialError, remove_official
from approval_svc.use_cases.reroute import ROLE_IS_GONE, reroute_unroutable
from approval_svc.use_cases.withdraw import withdraw
from shared.contracts import (
    ApprovalClosed,
    ApprovalRequested,
    ApprovalUnroutable,
    ClosedBecause,
    Person,
    RequestWithdrawn,
)
from shared.db import Database
from tests.approval_svc.at_once import meanwhile
from tests.approval_svc.factories import (
    ALABAMA,
    ANGELA,
    LIFETIME,
    NOW,
    approvals_of,
    asked,
    general_user,
    grant,
    official,
    published,
    removal,
    returned_mail,
    route,
)

LORETTA = Person(user_id="loretta.simmons", name="Loretta Simmons", email="loretta@health.example")


def test_nobody_at_all_makes_it_unroutable_until_an_official_appears(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        (approval,) = route(session, request)
        assert approval.state == "unroutable"
        assert len(published(session, ApprovalUnroutable)) == 1
    with approval_database.transaction() as session:
        reroute_unroutable(session, LIFETIME, NOW)
        assert len(published(session, ApprovalUnroutable)) == 1
        follow_grant(session, grant(LORETTA, "state-agency-security-official", ALABAMA), LIFETIME, NOW)
        (approval,) = approvals_of(session, request)
        assert asked(approval) == {LORETTA.user_id}
        assert approval.state == "asked"


def test_a_role_that_left_the_catalog_is_noted_once_and_holds_up_nobody(approval_database: Database) -> None:
    gone, waiting = general_user(), general_user()
    with approval_database.transaction() as session:
        for request in (gone, waiting):
            route(session, request)
        official(session, "state", "AL", "loretta")
        session.get_one(RequestRow, gone.request_id).role_id = "abolished-role"
    for _ in range(2):
        with approval_database.transaction() as session:
            reroute_unroutable(session, LIFETIME, NOW)
    with approval_database.transaction() as session:
        assert approvals_of(session, waiting)[0].state == "asked"
        assert approvals_of(session, gone)[0].state == "unroutable"
        texts = [line.text for line in queries.history_of(session, gone.request_id)]
        assert texts.count(ROLE_IS_GONE) == 1
        explained = explain_request(session, gone.request_id)
        assert explained is not None
        assert explained.approvals[0].authorities == ()


def test_the_beat_routes_what_waited_as_unroutable(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        route(session, request)
        official(session, "help-desk", "help-desk", "priya")
        reroute_unroutable(session, LIFETIME, NOW)
        (approval,) = approvals_of(session, request)
        assert asked(approval) == {"priya"}


def test_a_new_official_is_asked_and_only_they_are_told(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        official(session, "state", "AL", "marcus")
        route(session, request)
        follow_grant(session, grant(LORETTA, "state-agency-security-official", ALABAMA), LIFETIME, NOW)
        message = published(session, ApprovalRequested)[-1]
        told = [each.user_id for each in message.officials if each.official_id in message.newly_asked]
        assert told == [LORETTA.user_id]
        assert {each.user_id for each in message.officials} == {"marcus", LORETTA.user_id}


def test_when_the_state_gets_an_official_cms_need_not_decide_any_more(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        official(session, "cms", "cms", "margaret")
        route(session, request)
        follow_grant(session, grant(LORETTA, "state-agency-security-official", ALABAMA), LIFETIME, NOW)
        (approval,) = approvals_of(session, request)
        assert asked(approval) == {LORETTA.user_id}
        (closed,) = published(session, ApprovalClosed)
        assert closed.because == ClosedBecause.MOVED
        assert [each.user_id for each in closed.officials] == ["margaret"]


def test_a_removed_official_is_no_longer_asked_and_hears_nothing_more(approval_database: Database) -> None:
    request, granted = general_user(), grant(LORETTA, "state-agency-security-official", ALABAMA)
    with approval_database.transaction() as session:
        official(session, "cms", "cms", "margaret")
        follow_grant(session, granted, LIFETIME, NOW)
        route(session, request)
        follow_removal(session, removal(granted), LIFETIME, NOW)
        (approval,) = approvals_of(session, request)
        assert asked(approval) == {"margaret"}
        (closed,) = published(session, ApprovalClosed)
        assert closed.because == ClosedBecause.MOVED  # no mail is made of it: what was on its way to them is stopped


def test_when_the_last_official_leaves_what_is_on_its_way_to_them_is_stopped(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        route(session, request)
        remove_official(session, AuthorityId(kind="state", id="AL"), "loretta", LIFETIME, NOW)
        assert approvals_of(session, request)[0].state == "unroutable"
        (closed,) = published(session, ApprovalClosed)
        assert closed.because == ClosedBecause.MOVED
        assert [each.user_id for each in closed.officials] == ["loretta"]


def test_the_withdrawal_of_what_nobody_can_decide_stops_what_is_on_its_way_to_the_requester(
    approval_database: Database,
) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        route(session, request)
        withdraw(session, RequestWithdrawn(request_id=request.request_id, withdrawn_at=NOW), NOW)
        (closed,) = published(session, ApprovalClosed)
        assert (closed.because, closed.officials) == (ClosedBecause.WITHDRAWN, ())


def test_a_removal_that_overtakes_its_grant_brings_nobody_back(approval_database: Database) -> None:
    granted = grant(LORETTA, "state-agency-security-official", ALABAMA)
    with approval_database.transaction() as session:
        follow_removal(session, removal(granted), LIFETIME, NOW)
        follow_grant(session, granted, LIFETIME, NOW)
        assert queries.find_official(session, AuthorityId(kind="state", id="AL"), LORETTA.user_id) is None


def test_the_end_of_one_of_two_grants_leaves_the_official(approval_database: Database) -> None:
    first = grant(LORETTA, "state-agency-security-official", ALABAMA)
    second = grant(LORETTA, "state-agency-security-official", ALABAMA)
    with approval_database.transaction() as session:
        follow_grant(session, first, LIFETIME, NOW)
        follow_grant(session, second, LIFETIME, NOW)
        follow_removal(session, removal(first), LIFETIME, NOW)
        found = queries.find_official(session, AuthorityId(kind="state", id="AL"), LORETTA.user_id)
        assert found is not None
        assert found.active


def test_a_grant_of_an_ordinary_role_makes_nobody_an_official(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        follow_grant(session, grant(LORETTA, "state-agency-sc-general-user", ALABAMA), LIFETIME, NOW)
        assert queries.all_officials(session) == []


def test_mail_that_comes_back_turns_to_the_next_at_once(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        official(session, "cms", "cms", "margaret")
        (approval,) = route(session, request)
        mark_unreachable(session, returned_mail(approval, "loretta"), LIFETIME, NOW)
        (approval,) = approvals_of(session, request)
        assert asked(approval) == {"margaret"}
        assert any("could not be delivered" in line.text for line in queries.history_of(session, request.request_id))


def test_mail_to_the_requester_that_comes_back_removes_no_official(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        row = official(session, "state", "AK", ANGELA.user_id)
        official(session, "state", "AL", "loretta")
        (approval,) = route(session, general_user())
        mark_unreachable(session, returned_mail(approval, ANGELA.user_id), LIFETIME, NOW)
        assert row.reachable


def entry(user_id: str, **differently: str) -> OfficialEntry:
    values = {"authority_kind": "state", "organization_id": "AL", "name": user_id, "email": f"{user_id}@x.example"}
    return OfficialEntry(user_id=user_id, phone=None, time_zone=None, **values | differently)


def test_an_import_is_idempotent_and_routes_what_waits(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        route(session, request)
        first = import_officials(session, [entry("loretta")], LIFETIME, NOW)
        again = import_officials(session, [entry("loretta")], LIFETIME, NOW)
        (approval,) = approvals_of(session, request)
        assert (first.added, again.unchanged) == (1, 1)
        assert asked(approval) == {"loretta"}
        assert len(published(session, ApprovalRequested)) == 1


@pytest.mark.parametrize("address", ["loretta@officials.example", "corrected@x.example"])
def test_an_import_vouches_for_an_address_that_had_failed(approval_database: Database, address: str) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta", reachable=False)
        route(session, request)
        import_officials(session, [entry("loretta", email=address)], LIFETIME, NOW)
        (approval,) = approvals_of(session, request)
        assert asked(approval) == {"loretta"}


def test_removing_somebody_who_is_no_official_is_refused(approval_database: Database) -> None:
    with approval_database.transaction() as session, pytest.raises(NoSuchOfficialError):
        remove_official(session, AuthorityId(kind="state", id="AL"), "nobody", LIFETIME, NOW)


def test_an_official_who_joins_while_a_request_is_being_routed_is_asked(approval_database: Database) -> None:
    """Neither transaction sees the other's rows; the directory's lock puts one after the other."""
    request = general_user()

    def join() -> None:
        with approval_database.transaction() as session:
            follow_grant(session, grant(LORETTA, "state-agency-security-official", ALABAMA), LIFETIME, NOW)

    with meanwhile(approval_database, join) as session:
        official(session, "cms", "cms", "margaret")
        route(session, request)
    with approval_database.reading() as session:
        (approval,) = approvals_of(session, request)
        assert asked(approval) == {LORETTA.user_id}


def test_a_person_whose_mail_fails_is_passed_over_in_every_authority(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        for kind, place in (("state", "AL"), ("cms", "cms")):
            official(session, kind, place, "loretta")
        official(session, "help-desk", "help-desk", "priya")
        (approval,) = route(session, request)
        mark_unreachable(session, returned_mail(approval, "loretta"), LIFETIME, NOW)
        (approval,) = approvals_of(session, request)
        assert asked(approval) == {"priya"}
        assert len(published(session, ApprovalRequested)) == 2
