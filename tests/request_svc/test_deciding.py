"""What the messages of approval_svc do to a request, in whatever order and number they come."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text

from request_svc import queries
from request_svc.domain.refusals import (
    AlreadyRequestedError,
    DisciplinesMissingError,
    GrantMissingError,
    NotPendingError,
    RequestMissingError,
)
from request_svc.domain.requests import PartState, RequestState
from request_svc.tables import Grant, Part
from request_svc.use_cases.close_request import close_request
from request_svc.use_cases.record_decision import record_decision
from request_svc.use_cases.record_routing import record_routing
from request_svc.use_cases.record_unroutable import record_unroutable
from request_svc.use_cases.remove_grant import remove_grant
from request_svc.use_cases.save_disciplines import save_disciplines
from request_svc.use_cases.withdraw_request import withdraw_request
from request_svc.worker import HANDLERS
from shared.catalog import Catalog
from shared.contracts import Decision, Message
from shared.db import Database
from shared.ids import new_id
from shared.messaging import inbox
from shared.messaging.envelope import Envelope
from tests.request_svc.factories import (
    ADA,
    BEN,
    CLIA_STATE,
    FOR_ALABAMA,
    FOR_CMS,
    LATER,
    LORETTA,
    NOW,
    SURVEYOR,
    all_decided,
    asked,
    decided,
    grant_role,
    messages,
    nobody,
    outcome,
    request_role,
    whole,
    withdrawn,
)


def parts_of(database: Database, request_id: UUID) -> list[Part]:
    return whole(database, request_id).parts


def hear(database: Database, *told: Message) -> None:
    """Handles messages as the worker does: each in the inbox, under its own savepoint."""
    envelopes = [Envelope.around(one, correlation_id=new_id(), cause=None, now=LATER).to_json() for one in told]
    with database.transaction() as session:
        inbox.take(session, HANDLERS, envelopes, LATER)
        failed = session.execute(text("SELECT error FROM inbox WHERE state <> 'done'")).scalars().all()
    assert failed == []


def grants(database: Database, user_id: str = ADA.user_id) -> list[Grant]:
    with database.reading() as session:
        return list(queries.active_grants(session, user_id))


def kinds(database: Database, request_id: UUID) -> list[str]:
    return [event.kind for event in whole(database, request_id).events]


def test_officials_appear_as_soon_as_they_are_asked(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    hear(database, asked(parts_of(database, request_id)[0], LORETTA, BEN))
    (part,) = parts_of(database, request_id)
    assert [official["name"] for official in part.officials] == ["Loretta Simmons", "Ben Ortiz"]
    assert kinds(database, request_id) == ["submitted", "routed"]


def test_older_routing_does_not_undo_newer(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    (part,) = parts_of(database, request_id)
    hear(database, asked(part, LORETTA, at=LATER), asked(part, BEN, at=NOW), nobody(part, at=NOW))
    assert [official["name"] for official in parts_of(database, request_id)[0].officials] == ["Loretta Simmons"]


def test_a_request_that_nobody_can_decide_says_so_until_somebody_can(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    (part,) = parts_of(database, request_id)
    with database.transaction() as session:
        record_unroutable(session, nobody(part, at=NOW))
    assert parts_of(database, request_id)[0].unroutable_at == NOW
    with database.transaction() as session:
        record_routing(session, asked(part, LORETTA))
    assert parts_of(database, request_id)[0].officials[0]["name"] == "Loretta Simmons"


def test_an_approval_grants_the_role_for_that_organization(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog, role=SURVEYOR, answers=FOR_ALABAMA)
    (part,) = parts_of(database, request_id)
    hear(database, decided(part, disciplines=("Registered Nurse",), extra_privileges=("Edit notes",)))

    (grant,) = grants(database)
    assert grant.title == "Contract Surveyor - Alabama"
    assert (grant.disciplines, grant.extra_privileges) == (["Registered Nurse"], ["Edit notes"])
    (told,) = messages(database, "RoleGranted")
    assert told["organization"]["id"] == "AL"
    assert told["disciplines"] == ["Registered Nurse"]
    assert whole(database, request_id).state is RequestState.DECIDED


def test_a_rejection_keeps_reason_and_comment_and_grants_nothing(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    hear(
        database,
        decided(parts_of(database, request_id)[0], Decision.REJECTED, reason="Wrong role", comment="Ask for SAGU"),
    )
    (part,) = parts_of(database, request_id)
    assert (part.state, part.reason, part.comment) == (PartState.REJECTED, "Wrong role", "Ask for SAGU")
    assert grants(database) == []


def test_each_organization_decides_alone(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog, role=SURVEYOR, answers=FOR_CMS)
    first, second = parts_of(database, request_id)
    hear(database, decided(first))
    assert whole(database, request_id).state is RequestState.PENDING
    hear(database, decided(second, Decision.REJECTED))
    assert whole(database, request_id).state is RequestState.DECIDED
    assert [grant.title for grant in grants(database)] == ["Contract Surveyor - CertiSurv"]


def test_a_decision_that_the_request_s_end_overtakes_keeps_its_own_time(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog, role=SURVEYOR, answers=FOR_CMS)
    first, second = parts_of(database, request_id)
    first_outcome, second_outcome = outcome(first), outcome(second, Decision.REJECTED)
    hear(database, all_decided(whole(database, request_id), first_outcome, second_outcome, each_at=NOW))
    assert [part.decided_at for part in parts_of(database, request_id)] == [NOW, NOW]
    assert [grant.granted_at for grant in grants(database)] == [NOW]


@hypothesis_settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.sampled_from(["first", "second", "both"]), min_size=1, max_size=6))
def test_any_order_and_number_of_decisions_ends_the_same(
    database: Database, catalog: Catalog, order: list[str]
) -> None:
    person = replace(ADA, user_id=f"ada-{new_id()}")
    request_id = request_role(database, catalog, person, SURVEYOR, FOR_CMS)
    first, second = parts_of(database, request_id)
    request = whole(database, request_id)
    told: dict[str, Message] = {
        "first": decided(first),
        "second": decided(second, Decision.REJECTED),
        "both": all_decided(request, outcome(first), outcome(second, Decision.REJECTED)),
    }
    hear(database, *[told[name] for name in [*order, "both"]])
    assert [part.state for part in parts_of(database, request_id)] == [PartState.APPROVED, PartState.REJECTED]
    assert len(grants(database, person.user_id)) == 1
    assert sorted(kinds(database, request_id)) == ["approved", "rejected", "submitted"]


def ask_to_withdraw(database: Database, request_id: UUID, user_id: str = ADA.user_id) -> None:
    with database.transaction() as session:
        withdraw_request(session, request_id, user_id, NOW)


def test_asking_to_withdraw_ends_nothing_until_the_answer_comes(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    ask_to_withdraw(database, request_id)
    request = whole(database, request_id)
    assert (request.state, request.withdrawal_asked_at) == (RequestState.PENDING, NOW)
    assert request.parts[0].state is PartState.PENDING
    with pytest.raises(AlreadyRequestedError):
        request_role(database, catalog)

    hear(database, withdrawn(request.parts[0]))
    request = whole(database, request_id)
    assert (request.state, request.closed_at) == (RequestState.WITHDRAWN, LATER)
    assert kinds(database, request_id) == ["submitted", "withdrawal-asked", "withdrawn"]
    request_role(database, catalog)


def test_a_decision_made_before_the_withdrawal_arrived_stands(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    (part,) = parts_of(database, request_id)
    ask_to_withdraw(database, request_id)
    hear(database, decided(part), all_decided(whole(database, request_id), outcome(part)))
    assert whole(database, request_id).state is RequestState.DECIDED
    assert len(grants(database)) == 1
    assert kinds(database, request_id) == ["submitted", "withdrawal-asked", "approved"]


@pytest.mark.parametrize("reverse", [False, True])
def test_withdrawing_keeps_what_was_decided_before(database: Database, catalog: Catalog, reverse: bool) -> None:
    request_id = request_role(database, catalog, role=SURVEYOR, answers=FOR_CMS)
    first, second = parts_of(database, request_id)
    ask_to_withdraw(database, request_id)
    told: list[Message] = [decided(first), withdrawn(second)]
    for message in reversed(told) if reverse else told:
        assert whole(database, request_id).state is RequestState.PENDING
        hear(database, message, message)
    assert whole(database, request_id).state is RequestState.WITHDRAWN
    assert [part.state for part in parts_of(database, request_id)] == [PartState.APPROVED, PartState.WITHDRAWN]
    assert len(grants(database)) == 1


def test_a_request_is_withdrawn_by_its_owner_and_asking_again_says_nothing_new(
    database: Database, catalog: Catalog
) -> None:
    request_id = request_role(database, catalog)
    with pytest.raises(RequestMissingError):
        ask_to_withdraw(database, request_id, BEN.user_id)
    for _ in range(2):
        ask_to_withdraw(database, request_id)
    assert len(messages(database, "RequestWithdrawn")) == 1
    hear(database, withdrawn(parts_of(database, request_id)[0]))
    with pytest.raises(NotPendingError):
        ask_to_withdraw(database, request_id)


def test_a_message_about_a_request_that_is_not_ours_is_an_error(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    (part,) = parts_of(database, request_id)
    with database.transaction() as session, pytest.raises(RequestMissingError):
        record_decision(session, replace(decided(part), request_id=new_id()), LATER)
    with database.transaction() as session, pytest.raises(RequestMissingError):
        close_request(session, replace(all_decided(whole(database, request_id)), request_id=new_id()), LATER)


def test_disciplines_are_saved_by_name_in_the_order_of_the_page(database: Database, catalog: Catalog) -> None:
    grant_id = grant_role(database, catalog)
    with database.transaction() as session:
        save_disciplines(session, catalog, grant_id, ADA.user_id, {"physician", "registered-nurse", "made-up"}, NOW)
    assert grants(database)[0].disciplines == ["Registered Nurse", "Physician"]


def test_a_surveyor_needs_a_discipline_and_nobody_elses(database: Database, catalog: Catalog) -> None:
    grant_id = grant_role(database, catalog)
    with database.transaction() as session, pytest.raises(DisciplinesMissingError):
        save_disciplines(session, catalog, grant_id, ADA.user_id, [], NOW)
    with database.transaction() as session, pytest.raises(GrantMissingError):
        save_disciplines(session, catalog, grant_id, BEN.user_id, ["physician"], NOW)


def test_a_role_without_disciplines_takes_none(database: Database, catalog: Catalog) -> None:
    grant_id = grant_role(database, catalog, role=CLIA_STATE)
    with database.transaction() as session, pytest.raises(GrantMissingError):
        save_disciplines(session, catalog, grant_id, ADA.user_id, ["physician"], NOW)


def test_a_removed_role_is_told_and_can_be_requested_again(database: Database, catalog: Catalog) -> None:
    grant_id = grant_role(database, catalog, role=CLIA_STATE)
    with database.transaction() as session:
        remove_grant(session, grant_id, "Left the agency", NOW)
    (told,) = messages(database, "RoleRemoved")
    assert (told["grant_id"], told["reason"]) == (str(grant_id), "Left the agency")
    assert grants(database) == []
    with database.transaction() as session, pytest.raises(GrantMissingError):
        remove_grant(session, grant_id, "again", NOW)
    request_role(database, catalog)


def test_one_correlation_id_runs_through_everything(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog)
    hear(database, decided(parts_of(database, request_id)[0]))
    with database.reading() as session:
        ids = session.execute(text("SELECT DISTINCT correlation_id FROM outbox")).scalars().all()
    assert ids == [whole(database, request_id).correlation_id]
