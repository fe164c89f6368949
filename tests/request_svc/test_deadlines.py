"""What time does to a request: others are asked too, it expires, and its requester may have the officials reminded."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from request_svc import queries
from request_svc.domain.refusals import NothingToNudgeError, NotPendingError, NudgeTooEarlyError, RequestMissingError
from request_svc.domain.requests import PartState, RequestState
from request_svc.tables import Part
from request_svc.use_cases.close_request import close_request
from request_svc.use_cases.nudge_officials import nudge_officials
from request_svc.use_cases.record_deadlines import record_deadlines
from request_svc.use_cases.record_escalation import record_escalation
from request_svc.use_cases.record_expiry import record_expiry
from request_svc.use_cases.record_routing import record_routing
from request_svc.use_cases.record_withdrawal import record_withdrawal
from request_svc.use_cases.withdraw_request import withdraw_request
from shared.catalog import Catalog
from shared.contracts import (
    ApprovalEscalated,
    ApprovalExpired,
    Authority,
    DeadlinesPlanned,
    ExpiredPart,
    Person,
)
from shared.db import Database
from tests.audit import entries
from tests.pages import soup, token_of
from tests.request_svc.conftest import Browser
from tests.request_svc.factories import (
    ADA,
    BEN,
    FOR_CMS,
    LATER,
    LORETTA,
    SURVEYOR,
    all_decided,
    approval_of,
    asked,
    messages,
    outcome,
    request_role,
    whole,
    withdrawn,
)

CMS = Authority(kind="cms", id="cms", name="CMS Security Officials")
MARGARET = Person(user_id="margaret", name="Margaret Hale", email="margaret@cms.example")
END = LATER + timedelta(days=30)
POSSIBLE = LATER + timedelta(days=2)


def about(part: Part) -> dict[str, Any]:
    organization = part.as_value()
    return {
        "approval_id": approval_of(part.request_id, organization),
        "request_id": part.request_id,
        "organization": organization,
    }


def plan(part: Part, at: datetime = LATER, **more: Any) -> DeadlinesPlanned:
    values = {"escalates_at": LATER + timedelta(days=7), "expires_at": END, "nudge_from": POSSIBLE, "planned_at": at}
    return DeadlinesPlanned(**about(part) | values | more)


def expiry(part: Part) -> ApprovalExpired:
    return ApprovalExpired(
        **about(part),
        requester_name=ADA.name,
        role_name="a role",
        authority=Authority(kind="state", id="AL", name="Security Officials of Alabama"),
        officials=(),
        asked_at=LATER,
        expired_at=END,
        not_before=END,
    )


def escalation(part: Part, *people: Person, new: Person) -> ApprovalEscalated:
    routed = asked(part, *people, new)
    return ApprovalEscalated(
        **about(part),
        requester=ADA,
        role_name="a role",
        authority=CMS,
        officials=routed.officials,
        requested_at=LATER,
        expires_at=END,
        links_expire_at=END,
        not_before=LATER,
        newly_asked=(routed.officials[-1].official_id,),
        escalated_at=LATER + timedelta(days=7),
    )


def asked_request(database: Database, catalog: Catalog) -> UUID:
    request_id = request_role(database, catalog)
    with database.transaction() as session:
        (part,) = queries.request_of(session, request_id).parts
        record_routing(session, asked(part, LORETTA))
        record_deadlines(session, plan(part))
    return request_id


def the_part(database: Database, request_id: UUID) -> Part:
    (part,) = whole(database, request_id).parts
    return part


def nudge(database: Database, request_id: UUID, now: datetime, user_id: str = ADA.user_id) -> None:
    with database.transaction() as session:
        nudge_officials(session, request_id, user_id, now)


def test_an_older_plan_changes_nothing(database: Database, catalog: Catalog) -> None:
    request_id = asked_request(database, catalog)
    with database.transaction() as session:
        part = the_part(database, request_id)
        record_deadlines(session, plan(part, LATER - timedelta(hours=1), expires_at=LATER))
    assert the_part(database, request_id).expires_at == END


def test_escalation_names_all_who_may_decide_now(database: Database, catalog: Catalog) -> None:
    request_id = asked_request(database, catalog)
    with database.transaction() as session:
        record_escalation(session, escalation(the_part(database, request_id), LORETTA, new=MARGARET))
    part = the_part(database, request_id)
    assert [each["name"] for each in part.officials] == ["Loretta Simmons", "Margaret Hale"]
    event = whole(database, request_id).events[-1]
    assert (event.kind, event.people) == ("escalated", ["Margaret Hale"])


def test_a_request_on_which_nobody_decides_expires(database: Database, catalog: Catalog) -> None:
    request_id = asked_request(database, catalog)
    for _ in range(2):
        with database.transaction() as session:
            record_expiry(session, expiry(the_part(database, request_id)))
    request = whole(database, request_id)
    assert (request.state, request.closed_at) == (RequestState.EXPIRED, END)
    assert (request.parts[0].state, request.parts[0].expires_at) == (PartState.EXPIRED, None)
    assert [event.kind for event in request.events].count("expired") == 1
    assert len(entries(database, "request.expired")) == 1


def test_what_expired_is_known_from_the_whole_as_well(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog, role=SURVEYOR, answers=FOR_CMS)
    request = whole(database, request_id)
    first, second = request.parts
    values = about(second)
    lapsed = ExpiredPart(
        approval_id=values["approval_id"],
        organization=second.as_value(),
        authority="Security Officials of ASCT",
        asked_at=LATER,
        expired_at=END,
    )
    with database.transaction() as session:
        close_request(session, all_decided(request, outcome(first), expired=(lapsed,)), END)
    request = whole(database, request_id)
    assert [part.state for part in request.parts] == [PartState.APPROVED, PartState.EXPIRED]
    assert request.state is RequestState.DECIDED


def test_the_requester_can_have_the_officials_reminded_when_it_is_time(database: Database, catalog: Catalog) -> None:
    request_id = asked_request(database, catalog)
    nudge(database, request_id, POSSIBLE)
    (message,) = messages(database, "NudgeAsked")
    assert message["request_id"] == str(request_id)
    (entry,) = entries(database, "request.nudge_asked")
    assert entry.who == "user:ada.wells"


def test_too_early_is_refused_with_the_date_when_it_is_possible(database: Database, catalog: Catalog) -> None:
    request_id = asked_request(database, catalog)
    with pytest.raises(NudgeTooEarlyError) as refusal:
        nudge(database, request_id, POSSIBLE - timedelta(seconds=1))
    assert refusal.value.possible_from == POSSIBLE
    assert messages(database, "NudgeAsked") == []


def test_a_second_click_is_refused_until_the_next_time(database: Database, catalog: Catalog) -> None:
    request_id = asked_request(database, catalog)
    nudge(database, request_id, POSSIBLE)
    with pytest.raises(NothingToNudgeError):
        nudge(database, request_id, POSSIBLE)
    again = POSSIBLE + timedelta(days=2)
    with database.transaction() as session:
        record_deadlines(session, plan(the_part(database, request_id), POSSIBLE, nudge_from=again))
    with pytest.raises(NudgeTooEarlyError):
        nudge(database, request_id, POSSIBLE)
    nudge(database, request_id, again)
    assert len(messages(database, "NudgeAsked")) == 2


def test_nobody_nudges_for_another_person(database: Database, catalog: Catalog) -> None:
    request_id = asked_request(database, catalog)
    with pytest.raises(RequestMissingError):
        nudge(database, request_id, POSSIBLE, BEN.user_id)


def test_nothing_is_left_to_nudge_when_it_ends_or_is_being_withdrawn(database: Database, catalog: Catalog) -> None:
    request_id = asked_request(database, catalog)
    with database.transaction() as session:
        withdraw_request(session, request_id, ADA.user_id, LATER)
    with pytest.raises(NothingToNudgeError):
        nudge(database, request_id, POSSIBLE)
    with database.transaction() as session:
        record_withdrawal(session, withdrawn(the_part(database, request_id)))
    with pytest.raises(NotPendingError):
        nudge(database, request_id, POSSIBLE)


def test_my_profile_shows_the_deadlines_and_when_a_reminder_is_possible(
    ada: Browser, database: Database, catalog: Catalog
) -> None:
    request_id = asked_request(database, catalog)
    far = datetime(2126, 1, 2, 15, 0, tzinfo=UTC)
    with database.transaction() as session:
        part = the_part(database, request_id)
        record_deadlines(session, plan(part, nudge_from=far))
    shown = ada.open("/my-profile")
    assert "Expires" in shown
    assert "01/02/2126" in shown
    assert soup(shown).find("button", string="Remind Those Who Decide") is None


def test_the_button_asks_and_then_says_so(ada: Browser, database: Database, catalog: Catalog) -> None:
    request_id = asked_request(database, catalog)
    with database.transaction() as session:
        record_deadlines(session, plan(the_part(database, request_id), nudge_from=datetime(2020, 1, 2, tzinfo=UTC)))
    path = f"/my-profile/requests/{request_id}/nudge"
    page = ada.client.get("/my-profile")
    assert path in page.text
    token = token_of(page)
    assert ada.client.post(path, data={"csrf_token": token}).status_code == 303
    assert "Reminder Requested" in ada.open("/my-profile")
    ada.client.post(path, data={"csrf_token": token})
    assert "Nobody can be reminded now" in ada.open("/my-profile")


def test_too_early_is_said_in_plain_words_with_the_date(ada: Browser, database: Database, catalog: Catalog) -> None:
    request_id = asked_request(database, catalog)
    far = datetime(2126, 1, 2, 15, 0, tzinfo=UTC)
    with database.transaction() as session:
        record_deadlines(session, plan(the_part(database, request_id), nudge_from=far))
    token = token_of(ada.client.get("/my-profile"))
    ada.client.post(f"/my-profile/requests/{request_id}/nudge", data={"csrf_token": token})
    shown = ada.open("/my-profile")
    assert "It is too early to remind those who decide." in shown
    assert "You can do so from 01/02/2126" in shown


def test_an_expired_request_is_shown_among_the_past_ones(ada: Browser, database: Database, catalog: Catalog) -> None:
    request_id = asked_request(database, catalog)
    with database.transaction() as session:
        record_expiry(session, expiry(the_part(database, request_id)))
    shown = ada.open("/my-profile")
    assert "Nobody decided in time for Alabama: Security Officials of Alabama." in shown
