"""Which officials are asked, and what happens when the directory changes while a request waits."""

from datetime import timedelta

import pytest

from approval_svc import queries
from approval_svc.domain.official_rows import OfficialEntry
from approval_svc.domain.routing import AuthorityId
from approval_svc.tables import ApprovalRow
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.follow_removal import follow_removal
from approval_svc.use_cases.import_officials import import_officials
from approval_svc.use_cases.mark_unreachable import mark_unreachable
from approval_svc.use_cases.record_delivery import record_delivery
from approval_svc.use_cases.remove_official import NoSuchOfficialError, remove_official
from approval_svc.use_cases.reroute import reroute_unroutable
from approval_svc.use_cases.withdraw import withdraw
from approval_svc.worker import HANDLERS, SCHEDULE
from shared.beat import Beat
from shared.contracts import (
    ApprovalClosed,
    ApprovalRequested,
    ApprovalUnroutable,
    ClosedBecause,
    NoticeSent,
    Organization,
    Person,
    RequestDecided,
    RequestWithdrawn,
    SurveyFor,
)
from shared.db import Database
from shared.messaging import inbox
from shared.messaging.envelope import Envelope
from shared.messaging.inbox import NotYetError
from tests.approval_svc.at_once import meanwhile
from tests.approval_svc.factories import (
    ALABAMA,
    ANGELA,
    COLORADO_UNIVERSITY,
    HEALTH_SURVEYS,
    LIFETIME,
    NOW,
    approvals_of,
    approve,
    correlation_of,
    correlations,
    general_user,
    grant,
    official,
    published,
    removal,
    returned_mail,
    role_requested,
    route,
)

LORETTA = Person(user_id="loretta.simmons", name="Loretta Simmons", email="loretta@health.example")


def asked(approval: ApprovalRow) -> set[str]:
    return {asking.official.user_id for asking in queries.live_askings(approval)}


def test_a_state_agency_role_goes_to_all_officials_of_the_state(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        official(session, "state", "AL", "marcus")
        official(session, "state", "AK", "somebody")
        request = general_user()
        (approval,) = route(session, request)
        assert asked(approval) == {"loretta", "marcus"}
        (message,) = published(session, ApprovalRequested)
        assert message.authority.name == "Security Officials of Alabama"
        assert set(message.newly_asked) == {each.official_id for each in message.officials}
        assert message.links_expire_at == NOW + LIFETIME
    assert correlations(approval_database) == {correlation_of(request)}


def test_the_same_request_twice_is_routed_once(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        route(session, request)
        assert len(route(session, request)) == 1
        assert len(published(session, ApprovalRequested)) == 1


def test_a_contract_surveyor_for_a_state_is_decided_once_by_the_state(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        official(session, "contract-organization", HEALTH_SURVEYS.id, "contractor")
        request = role_requested(
            "contract-surveyor", ALABAMA, HEALTH_SURVEYS, COLORADO_UNIVERSITY, survey_for=SurveyFor.STATE
        )
        (approval,) = route(session, request)
        assert approval.organization_id == "AL"
        assert asked(approval) == {"loretta"}


@pytest.mark.parametrize("role_id", ["contract-surveyor", "contract-survey-admin"])
def test_for_cms_each_contract_organization_decides_alone(approval_database: Database, role_id: str) -> None:
    with approval_database.transaction() as session:
        official(session, "contract-organization", HEALTH_SURVEYS.id, "contractor")
        official(session, "cms", "cms", "margaret")
        request = role_requested(role_id, HEALTH_SURVEYS, COLORADO_UNIVERSITY, survey_for=SurveyFor.CMS)
        first, second = sorted(route(session, request), key=lambda each: each.organization_id or "")
        assert (asked(first), first.authority_kind) == ({"contractor"}, "contract-organization")
        assert (asked(second), second.authority_kind) == ({"margaret"}, "cms")


def test_a_national_role_has_one_approval_without_organization(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "cms", "cms", "margaret")
        (approval,) = route(session, role_requested("cms-general-user"))
        assert approval.organization_id is None
        assert approval.authority_name == "CMS Security Officials"


def test_a_state_security_official_is_decided_by_cms_and_a_providers_by_the_provider(
    approval_database: Database,
) -> None:
    provider = Organization(kind="provider", id="015009", name="Burns Nursing Home")
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        official(session, "cms", "cms", "margaret")
        (state,) = route(session, role_requested("state-agency-security-official", ALABAMA))
        assert asked(state) == {"margaret"}
        (first,) = route(session, role_requested("provider-security-official", provider))
        assert asked(first) == {"margaret"}
        official(session, "provider", "015009", "owner")
        (later,) = route(session, role_requested("provider-security-official", provider))
        assert asked(later) == {"owner"}


def test_an_official_who_asks_for_themselves_is_passed_over(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", ANGELA.user_id)
        official(session, "state", "AL", "angela.too", email=ANGELA.email.upper())
        official(session, "cms", "cms", "margaret")
        (approval,) = route(session, general_user())
        assert asked(approval) == {"margaret"}


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
        assert published(session, ApprovalClosed) == []


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


def test_a_delivery_is_a_line_in_the_history(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        (approval,) = route(session, general_user())
        sent = NoticeSent(
            notice_id=loretta.id,
            template="decision_wanted",
            recipient="loretta",
            request_id=approval.request_id,
            approval_id=approval.id,
            sent_at=NOW,
        )
        record_delivery(session, sent)
        texts = [line.text for line in queries.history_of(session, approval.request_id)]
        assert "Mail to Loretta was sent (decision wanted)." in texts


def test_a_withdrawn_request_tells_those_who_were_asked(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        (approval,) = route(session, request)
        withdrawn = RequestWithdrawn(request_id=request.request_id, withdrawn_at=NOW)
        withdraw(session, withdrawn, NOW)
        withdraw(session, withdrawn, NOW)
        assert approval.state == "withdrawn"
        (closed,) = published(session, ApprovalClosed)
        assert closed.because == ClosedBecause.WITHDRAWN
        assert published(session, RequestDecided) == []


def test_a_withdrawal_that_overtakes_its_request_is_tried_again(approval_database: Database) -> None:
    with approval_database.transaction() as session, pytest.raises(NotYetError):
        withdraw(session, RequestWithdrawn(request_id=general_user().request_id, withdrawn_at=NOW), NOW)


def test_what_was_decided_before_the_withdrawal_stands_and_is_told(approval_database: Database) -> None:
    request = role_requested("contract-surveyor", HEALTH_SURVEYS, COLORADO_UNIVERSITY, survey_for=SurveyFor.CMS)
    with approval_database.transaction() as session:
        margaret = official(session, "cms", "cms", "margaret")
        first, second = route(session, request)
        approve(session, first, margaret)
        withdraw(session, RequestWithdrawn(request_id=request.request_id, withdrawn_at=NOW), NOW)
        assert (first.state, second.state) == ("approved", "withdrawn")
        (decided,) = published(session, RequestDecided)
        assert [each.approval_id for each in decided.outcomes] == [first.id]


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


def test_what_waits_for_an_official_is_listed_oldest_first(approval_database: Database) -> None:
    older = general_user(submitted_at=NOW - timedelta(days=9))
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        route(session, general_user())
        route(session, older)
        waiting = queries.waiting_for(session, "loretta")
        assert waiting[0].request_id == older.request_id
        assert len(waiting) == 2
        assert not queries.waiting_for(session, "marcus")


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


def test_messages_come_through_the_inbox_and_the_beat_routes_the_rest(approval_database: Database) -> None:
    request = general_user()
    messages = [request, RequestWithdrawn(request_id=role_requested("cms-general-user").request_id, withdrawn_at=NOW)]
    envelopes = [
        Envelope.around(message, correlation_id=correlation_of(request), cause=None, now=NOW).to_json()
        for message in messages
    ]
    with approval_database.transaction() as session:
        inbox.take(session, HANDLERS, envelopes, NOW)
        assert inbox.count_by_state(session) == {"failed": 1}
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
    Beat(approval_database, SCHEDULE).run_due(NOW)
    with approval_database.reading() as session:
        (approval,) = approvals_of(session, request)
        assert asked(approval) == {"loretta"}
    assert correlations(approval_database) == {correlation_of(request)}


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
