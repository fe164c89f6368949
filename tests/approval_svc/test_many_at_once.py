"""Many approvals at once: selected, confirmed by name, decided each alone, reported row by row."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from approval_svc.domain.approvals import Verdict, Way
from approval_svc.domain.choices import Choice
from approval_svc.domain.refusals import BusyError, NotReachedError
from approval_svc.tables import ApprovalRow, OfficialRow, RequestRow
from approval_svc.use_cases.decide_many import Chosen, decide_many
from approval_svc.use_cases.each_alone import Results
from approval_svc.use_cases.withdraw import withdraw
from approval_svc.web import acts
from approval_svc.web.deciding import PAGES
from approval_svc.web.refusal_words import SENTENCES
from shared.contracts import ApprovalClosed, ApprovalDecided, RequestDecided, RequestWithdrawn
from tests.approval_svc.browser import LORETTA, World
from tests.approval_svc.factories import ALABAMA, approve, published, role_requested
from tests.approval_svc.many import PATH, add_waiting, choose, go_on, ids, person, requested, states
from tests.pages import heading, soup, words

APPROVED = Choice(verdict=Verdict.APPROVED)


@pytest.fixture(autouse=True)
def signed_in(world: World, loretta: OfficialRow) -> None:
    world.sign_in(LORETTA)


def test_many_are_approved_after_a_confirmation_that_names_each(world: World) -> None:
    three = requested(world, 3)
    before = world.rows()
    confirmation = choose(world, "approve", ids(three[:2]))
    assert heading(confirmation) == "Approve 2 requests?"
    assert "Person 000" in words(confirmation)
    assert "Person 001" in words(confirmation)
    assert "Person 002" not in words(confirmation)
    assert world.rows() == before
    report = go_on(world, confirmation)
    assert heading(report) == "2 requests were approved"
    assert states(world, three) == ["approved", "approved", "asked"]


def test_each_decision_has_its_own_messages_and_its_own_entry_in_the_audit(world: World) -> None:
    two = requested(world, 2)
    go_on(world, choose(world, "approve", ids(two)))
    with world.database.reading() as session:
        of_requests = {each.request_id for each in two}
        assert {each.request_id for each in published(session, ApprovalDecided)} == of_requests
        assert {each.request_id for each in published(session, RequestDecided)} == of_requests
        entries = session.scalars(text("SELECT subject_id FROM audit WHERE action = 'approval.decided'")).all()
    assert sorted(map(str, entries)) == sorted(ids(two))


def test_many_are_rejected_with_one_reason_and_one_comment(world: World) -> None:
    two = requested(world, 2)
    confirmation = choose(world, "reject", ids(two))
    refused = go_on(world, confirmation)
    assert refused.status_code == 422
    assert "Select a reason for rejecting the request" in words(refused)
    assert go_on(world, refused, reason="other").status_code == 422
    assert states(world, two) == ["asked", "asked"]
    report = go_on(world, refused, reason="other", comment="They left <b>us</b>.")
    assert heading(report) == "2 requests were rejected"
    with world.database.reading() as session:
        outcomes = [each.outcome for each in published(session, ApprovalDecided)]
    assert {each.comment for each in outcomes} == {"They left <b>us</b>."}
    assert len(outcomes) == 2


def test_what_loses_its_tick_on_the_confirmation_is_left_out(world: World) -> None:
    two = requested(world, 2)
    confirmation = choose(world, "approve", ids(two))
    report = go_on(world, confirmation, approval=ids(two[1:]))
    assert heading(report) == "1 request was approved"
    assert states(world, two) == ["asked", "approved"]


def test_the_report_says_of_each_that_was_not_decided_why(world: World) -> None:
    marcus = world.official("state", "AL", "marcus", name="Marcus Hill")
    four = requested(world, 4)
    confirmation = choose(world, "approve", ids(four))
    with world.database.transaction() as session:
        approve(session, session.get_one(ApprovalRow, four[0].id), marcus)
        withdraw(session, RequestWithdrawn(request_id=four[1].request_id, withdrawn_at=world.now), world.now)
        session.get_one(RequestRow, four[2].request_id).requester_user_id = LORETTA.user_id
    report = go_on(world, confirmation)
    assert heading(report) == "1 of 4 requests was approved"
    lines = [each.get_text(" ", strip=True) for each in soup(report).select("table[aria-labelledby=not-done] tbody tr")]
    assert [line.rpartition("Alabama ")[2] for line in lines] == [
        "Already approved by Marcus Hill.",
        "The requester took the request back.",
        "It is your own request. Another Security Official decides it.",
    ]
    assert states(world, four) == ["approved", "withdrawn", "asked", "approved"]


def test_whatever_a_page_refuses_has_a_sentence_among_many() -> None:
    assert set(PAGES) <= set(SENTENCES)


def test_the_same_confirmation_sent_twice_decides_once(world: World) -> None:
    (one,) = requested(world, 1)
    confirmation = choose(world, "approve", ids([one]))
    go_on(world, confirmation)
    again = go_on(world, confirmation)
    assert heading(again) == "No request was approved"
    assert "Already approved by you." in words(again)
    with world.database.reading() as session:
        assert len(published(session, ApprovalClosed)) == 1


@pytest.mark.parametrize("change", [{"requester_user_id": "loretta"}, {"requester_email": "LORETTA@officials.example"}])
def test_nobody_decides_on_themselves_among_many(world: World, change: dict[str, str]) -> None:
    two = requested(world, 2)
    with world.database.transaction() as session:
        for name, value in change.items():
            setattr(session.get_one(RequestRow, two[0].request_id), name, value)
    confirmation = choose(world, "approve", ids(two))
    assert heading(confirmation) == "Approve 1 request?"
    assert "It is your own request" in words(confirmation)
    go_on(world, confirmation, approval=ids(two))  # as somebody sends it who writes the form themselves
    assert states(world, two) == ["asked", "approved"]


def test_what_was_never_before_the_official_does_not_exist_among_many_either(world: World) -> None:
    (mine,) = requested(world, 1)
    world.official("state", "AK", "nanook")
    alaska = replace(ALABAMA, id="AK", name="Alaska")
    theirs = world.routed(role_requested("state-agency-sc-general-user", alaska, requester=person(9)))
    page = world.browser.get(PATH)
    for path in ("confirm", "act"):
        for other in (theirs.id, uuid4()):
            answer = world.post(f"{PATH}/{path}", page, act="approve", approval=[str(mine.id), str(other)])
            assert answer.status_code == 404
    assert states(world, [mine, theirs]) == ["asked", "asked"]


@pytest.mark.parametrize(
    ("act", "chosen", "sentence"),
    [
        ("approve", 0, "Select at least one request"),
        ("abolish", 1, "Use the buttons below the list"),
        ("", 1, "Use the buttons below the list"),
    ],
)
def test_without_a_tick_or_a_button_the_list_says_what_is_missing(
    world: World, act: str, chosen: int, sentence: str
) -> None:
    two = requested(world, 2)
    for path in ("confirm", "act"):
        page = world.browser.get(PATH)
        answer = world.post(f"{PATH}/{path}", page, act=act, approval=ids(two[:chosen]))
        assert answer.status_code == 422
        assert sentence in words(answer)
        assert "Person 001" in words(answer)
    assert states(world, two) == ["asked", "asked"]


@pytest.mark.parametrize(
    "several", [{"act": ["approve", "reject"]}, {"act": "reject", "reason": ["not-needed", "has-access"]}]
)
def test_two_answers_to_one_question_decide_none_of_many(world: World, several: dict[str, str | list[str]]) -> None:
    two = requested(world, 2)
    sent = {"reason": "not-needed", "approval": ids(two)} | several
    assert world.post(f"{PATH}/act", world.browser.get(PATH), **sent).status_code == 422
    assert states(world, two) == ["asked", "asked"]


def test_more_than_can_be_done_at_once_is_refused(world: World) -> None:
    requested(world, 1)
    page = world.browser.get(PATH)
    for path in ("confirm", "act"):
        answer = world.post(
            f"{PATH}/{path}", page, act="approve", approval=[str(UUID(int=each)) for each in range(501)]
        )
        assert answer.status_code == 422
        assert "Select 500 requests at most" in words(answer)


def test_the_confirmation_says_what_is_special_about_some(world: World) -> None:
    world.official("cms", "cms", "loretta", name="Loretta Simmons")
    of_officials = world.routed(role_requested("state-agency-security-official", ALABAMA, requester=person(1)))
    surveyor = world.routed(
        role_requested("contract-surveyor", ALABAMA, requester=person(2), survey_for="state", surveyor_status="new")
    )
    confirmation = choose(world, "approve", ids([of_officials, surveyor]))
    assert "One is for a role of Security Officials: whoever holds one decides" in words(confirmation)
    assert "Needs surveyor disciplines" in words(confirmation)
    report = go_on(world, confirmation)
    assert heading(report) == "2 requests were approved"
    assert "Needs surveyor disciplines: the person is asked to choose at least one." in words(report)


# ── Somebody else's hand on one of them, and no end of patience ─────────────────────────────────────


def decided(world: World, approvals: list[ApprovalRow], official: OfficialRow, turns: int | None = None) -> Results:
    """Decides by a transaction that waits for no lock, until so many turns were taken."""

    @contextmanager
    def impatient() -> Iterator[Session]:
        with world.database.transaction() as session:
            session.execute(text("SET LOCAL lock_timeout = '20ms'"))
            yield session

    taken = iter(range(turns)) if turns is not None else iter(int, 1)
    chosen = [
        Chosen(approval_id=each.id, official_id=official.id, way=Way(signed_in_as="loretta")) for each in approvals
    ]
    return decide_many(
        impatient, chosen, APPROVED, always_sign_in=False, now=world.now, enough=lambda: next(taken, None) is None
    )


def test_one_that_somebody_else_has_in_hand_keeps_none_of_the_others(world: World, loretta: OfficialRow) -> None:
    three = requested(world, 3)
    with world.database.transaction() as session:
        session.execute(text("SELECT FROM requests WHERE id = :id FOR UPDATE"), {"id": three[1].request_id})
        results = decided(world, three, loretta)
    assert isinstance(results[three[1].id], BusyError)
    assert states(world, three) == ["approved", "asked", "approved"]


def test_what_is_not_reached_in_time_stays_as_it_is(world: World, loretta: OfficialRow) -> None:
    three = requested(world, 3)
    results = decided(world, three, loretta, turns=2)
    assert [type(each) for each in results.values()] == [type(None), type(None), NotReachedError]
    assert states(world, three) == ["approved", "approved", "asked"]


def test_the_report_has_a_button_to_go_on_with_what_was_not_reached(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = requested(world, 2)
    confirmation = choose(world, "reject", ids(two))
    monkeypatch.setattr(acts, "PATIENCE_SECONDS", -1)
    report = go_on(world, confirmation, reason="not-needed")
    assert heading(report) == "No request was rejected"
    assert "2 requests can be tried again." in words(report)
    monkeypatch.undo()
    assert heading(go_on(world, report)) == "2 requests were rejected"
    assert states(world, two) == ["rejected", "rejected"]


# ── Five hundred ────────────────────────────────────────────────────────────────────────────────────


def test_five_hundred_are_selected_and_confirmed_on_one_page(
    world: World, loretta: OfficialRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world.database.transaction() as session:
        add_waiting(session, loretta, 500, world.now)
    page = world.browser.get(f"{PATH}?selected=all")
    assert "All 500 are selected" in words(page)
    shown = [str(each["value"]) for each in soup(page).select("input[name=shown]")]
    confirmation = choose(world, "approve", shown[:-1], "?selected=all", shown=shown)
    assert heading(confirmation) == "Approve 499 requests?"
    monkeypatch.setattr(acts, "PATIENCE_SECONDS", 1)
    report = go_on(world, confirmation)
    assert report.status_code == 200
    assert "of 499 requests were approved" in heading(report)
    assert soup(report).select("table[aria-labelledby=done] tbody tr")
