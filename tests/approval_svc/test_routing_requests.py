"""Which officials are asked, and how a request ends without a decision."""

from datetime import timedelta

import pytest

from approval_svc import queries
from approval_svc.settings import Settings
from approval_svc.use_cases.record_delivery import record_delivery
from approval_svc.use_cases.withdraw import withdraw
from approval_svc.worker import make_handlers, make_schedule
from shared.beat import Beat
from shared.contracts import (
    ApprovalClosed,
    ApprovalRequested,
    ClosedBecause,
    NoticeSent,
    Organization,
    RequestDecided,
    RequestWithdrawn,
    SurveyFor,
)
from shared.db import Database
from shared.messaging import inbox
from shared.messaging.envelope import Envelope
from shared.messaging.inbox import NotYetError
from shared.settings import load
from tests.approval_svc.factories import (
    ALABAMA,
    ANGELA,
    COLORADO_UNIVERSITY,
    HEALTH_SURVEYS,
    LIFETIME,
    NOW,
    approvals_of,
    approve,
    asked,
    correlation_of,
    correlations,
    general_user,
    official,
    published,
    role_requested,
    route,
)


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


def test_messages_come_through_the_inbox_and_the_beat_routes_the_rest(
    approval_database: Database, settings_environ: dict[str, str]
) -> None:
    settings = load(Settings, settings_environ)
    request = general_user()
    messages = [request, RequestWithdrawn(request_id=role_requested("cms-general-user").request_id, withdrawn_at=NOW)]
    envelopes = [
        Envelope.around(message, correlation_id=correlation_of(request), cause=None, now=NOW).to_json()
        for message in messages
    ]
    with approval_database.transaction() as session:
        inbox.take(session, make_handlers(settings), envelopes, NOW)
        assert inbox.count_by_state(session) == {"failed": 1}
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
    Beat(approval_database, make_schedule(settings)).run_due(NOW)
    with approval_database.reading() as session:
        (approval,) = approvals_of(session, request)
        assert asked(approval) == {"loretta"}
    assert correlations(approval_database) == {correlation_of(request)}
