"""The pages beside a decision: handing over one or many, asking for an opinion and giving it, commenting."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from approval_svc.tables import CommentRow, OfficialRow, OpinionRow
from approval_svc.use_cases.plan_absence import Wanted, enter_absence
from shared import opinion_links
from shared.contracts import CommentMade, Person
from tests.approval_svc.browser import LORETTA, World, hidden_fields
from tests.approval_svc.factories import ANGELA, asked, general_user, published
from tests.approval_svc.talking import answers, asks_opinion
from tests.pages import heading, soup, token_of, words

EVIL = "<script>alert(1)</script>"
MARGARET = replace(LORETTA, user_id="margaret", name="Margaret Osei")
NANOOK = replace(LORETTA, user_id="nanook", name="Nanook")


@pytest.fixture
def nanook(world: World) -> OfficialRow:
    return world.official("state", "AK", "nanook")


@pytest.fixture
def margaret(world: World) -> OfficialRow:
    return world.official("cms", "cms", "margaret", name="Margaret Osei")


def choices(page: object, name: str) -> list[str]:
    return [str(each["value"]) for each in soup(page).select(f"input[name={name}]")]  # type: ignore[arg-type]


def opinion_link(world: World, opinion_id: UUID, days: float = 30) -> str:
    ends = world.now + timedelta(days=days)
    return opinion_links.path(
        opinion_links.mint(world.settings.link_signing_keys, opinion_id=opinion_id, expires_at=ends)
    )


def test_by_the_link_a_request_is_handed_over_to_one_who_can_decide(
    world: World, loretta: OfficialRow, margaret: OfficialRow, nanook: OfficialRow
) -> None:
    world.official("state", "AL", ANGELA.user_id)
    approval = world.routed(general_user())
    link = world.link(approval.id, loretta.id)
    assert f"{link}/hand-over" in world.browser.get(link).text
    page = world.browser.get(f"{link}/hand-over")
    assert choices(page, "receiver") == ["margaret"]  # not the requester, not an official of elsewhere
    missing = world.post(f"{link}/hand-over", page, receiver="margaret")
    assert missing.status_code == 422
    assert "Enter a note" in words(missing)
    sent = world.post(f"{link}/hand-over", page, receiver="margaret", note=f"Hers.\n{EVIL}")
    assert sent.status_code == 303
    after = world.browser.get(link)
    assert (after.status_code, heading(after)) == (410, "You handed this request over")
    assert "It waits for Margaret Osei now" in words(after)
    world.sign_in(MARGARET)
    theirs = world.browser.get(f"/approvals/{approval.id}")
    assert "Loretta Simmons handed it over to Margaret Osei" in words(theirs)
    assert EVIL not in theirs.text


def test_nobody_else_can_decide_so_there_is_nobody_to_choose(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    page = world.browser.get(f"{world.link(approval.id, loretta.id)}/hand-over")
    assert "Nobody else can decide on this request now" in words(page)


def test_a_forged_receiver_is_refused_at_the_field(
    world: World, loretta: OfficialRow, margaret: OfficialRow, nanook: OfficialRow
) -> None:
    approval = world.routed(general_user())
    link = f"{world.link(approval.id, loretta.id)}/hand-over"
    page = world.browser.get(link)
    for forged in (nanook.user_id, ANGELA.user_id):
        answer = world.post(link, page, receiver=forged, note="Take it")
        assert (answer.status_code, heading(answer)) == (422, "Hand over a role request")
        assert "Select an official who can decide on this request now" in words(answer)


def test_many_of_the_list_are_handed_over_with_one_note_each_alone(
    world: World, loretta: OfficialRow, margaret: OfficialRow
) -> None:
    people = [replace(ANGELA, user_id=f"p{number}", email=f"p{number}@x.example") for number in range(2)]
    own = Person(user_id="margaret", name="Margaret Osei", email=margaret.email)
    approvals = [world.routed(general_user(requester=person)) for person in (*people, own)]
    world.sign_in(LORETTA)
    chosen = [str(each.id) for each in approvals]
    confirmation = world.post(
        "/my-approvals/confirm", world.browser.get("/my-approvals"), act="hand-over", approval=chosen
    )
    assert heading(confirmation) == "Hand over 3 requests?"
    assert choices(confirmation, "receiver") == ["margaret"]
    fields = {**hidden_fields(confirmation), "approval": chosen}
    without = world.browser.post("/my-approvals/act", data=fields)
    assert "Select an official" in words(without)
    assert "Enter a note" in words(without)
    report = world.browser.post("/my-approvals/act", data={**fields, "receiver": "margaret", "note": "On leave."})
    assert heading(report) == "2 of 3 requests were handed over"
    assert "Select an official who can decide on this request now" in words(report)  # her own request
    with world.database.reading() as session:
        rows = [session.merge(each, load=False) for each in approvals]
        for row in rows:
            session.refresh(row, ["askings"])
        assert [asked(row) for row in rows] == [{"margaret"}, {"margaret"}, {"loretta"}]


def test_an_opinion_is_asked_of_somebody_who_was_looked_for(
    world: World, loretta: OfficialRow, margaret: OfficialRow, nanook: OfficialRow
) -> None:
    approval = world.routed(general_user())
    link = f"{world.link(approval.id, loretta.id)}/opinion"
    assert choices(world.browser.get(link), "adviser") == ["margaret"]
    found = world.browser.get(f"{link}?find=nano")
    assert choices(found, "adviser") == ["nanook"]
    assert "No other official was found" in words(world.browser.get(f"{link}?find=%25"))
    empty = world.post(f"{link}?find=nano", found, adviser="nanook")
    assert "Enter what you want to know" in words(empty)
    assert choices(empty, "adviser") == ["nanook"]  # what was found stays found
    sent = world.post(link, found, adviser="nanook", question="Do you know her?")
    assert sent.status_code == 303
    page = words(world.browser.get(world.link(approval.id, loretta.id)))
    assert "asked Nanook for an opinion" in page
    assert "No answer yet." in page


def test_the_adviser_reads_and_answers_by_the_link_and_can_do_nothing_else(
    world: World, loretta: OfficialRow, nanook: OfficialRow
) -> None:
    approval = world.routed(general_user())
    with world.database.transaction() as session:
        opinion = asks_opinion(session, session.merge(approval), loretta, "nanook", f"Known?\n{EVIL}")
    link = opinion_link(world, opinion.id)
    page = world.browser.get(link)
    assert heading(page) == "Give your opinion"
    assert "Angela Whitaker" in words(page)
    assert EVIL not in page.text
    assert "Approve" not in words(page)
    token = link.removeprefix("/opinion/")
    assert world.browser.get(f"/decide/{token}").status_code == 404  # it opens no decision
    assert "Enter your opinion" in words(world.post(link, page))
    assert world.post(link, page, answer=f"She is fine. {EVIL}").status_code == 303
    after = world.browser.get(link)
    assert heading(after) == "Thank you for your opinion"
    assert world.post(link, page, answer="Or not").status_code == 303
    assert "Or not" not in world.browser.get(link).text
    theirs = world.browser.get(world.link(approval.id, loretta.id))
    assert "Nanook answered" in words(theirs)
    assert EVIL not in theirs.text


def test_an_opinion_link_is_for_one_person_and_ends(world: World, loretta: OfficialRow, nanook: OfficialRow) -> None:
    approval = world.routed(general_user())
    with world.database.transaction() as session:
        opinion = asks_opinion(session, session.merge(approval), loretta, "nanook")
    old = world.browser.get(opinion_link(world, opinion.id, days=-1))
    assert (old.status_code, heading(old)) == (410, "This link has expired")
    assert world.browser.get("/opinion/altered").status_code == 404
    assert world.browser.get(opinion_link(world, approval.id)).status_code == 404
    world.sign_in(LORETTA)
    assert world.browser.get(opinion_link(world, opinion.id)).status_code == 403
    assert world.browser.get(f"/my-opinions/{opinion.id}").status_code == 404


def test_signed_in_the_adviser_finds_what_is_wanted_until_it_is_decided(
    world: World, loretta: OfficialRow, nanook: OfficialRow
) -> None:
    approval = world.routed(general_user())
    with world.database.transaction() as session:
        opinion = asks_opinion(session, session.merge(approval), loretta, "nanook")
    world.sign_in(NANOOK)
    path = f"/my-opinions/{opinion.id}"
    assert path in world.browser.get("/my-opinions").text
    form = world.browser.get(path)
    world.sign_in(LORETTA)
    decision = f"/approvals/{approval.id}"
    confirmation = world.post(decision, world.browser.get(decision), decision="approved")
    assert world.browser.post(f"{decision}/confirm", data=hidden_fields(confirmation)).status_code == 303
    assert "It was not answered." in words(world.browser.get(decision))
    world.sign_in(NANOOK)
    assert "Nobody waits for your opinion" in words(world.browser.get("/my-opinions"))
    late = world.browser.post(path, data={"csrf_token": token_of(form), "answer": "Yes"}, follow_redirects=True)
    assert heading(late) == "Your opinion is not needed any more"
    with world.database.reading() as session:
        assert session.get_one(OpinionRow, opinion.id).answer is None


def test_a_comment_names_its_readers_and_is_shown_to_officials_with_them(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    link = world.link(approval.id, loretta.id)
    page = world.browser.get(f"{link}/comment")
    whom = world.post(f"{link}/comment", page, text="Between us")
    assert (whom.status_code, "Select who may read it" in words(whom)) == (422, True)
    assert "Between us" in whom.text  # what was typed stays
    for readers in ("officials", "everybody"):
        assert world.post(f"{link}/comment", page, text=f"{readers} {EVIL}", readers=readers).status_code == 303
    shown = world.browser.get(link)
    assert "for officials only" in words(shown)
    assert "for everybody" in words(shown)
    assert EVIL not in shown.text
    with world.database.reading() as session:
        assert session.scalars(select(CommentRow.for_officials).order_by(CommentRow.made_at)).all() == [True, False]


@pytest.mark.parametrize("page", ["hand-over", "opinion", "comment"])
def test_whoever_may_not_decide_is_sent_back_and_reading_changes_nothing(
    world: World, loretta: OfficialRow, margaret: OfficialRow, page: str
) -> None:
    approval = world.routed(general_user())
    link = world.link(approval.id, loretta.id)
    before = world.rows()
    assert world.browser.get(f"{link}/{page}").status_code == 200
    assert world.rows() == before
    world.sign_in(MARGARET)
    answer = world.browser.get(f"{link}/{page}")
    assert (answer.status_code, answer.location) == (303, link)
    assert world.browser.get(f"/approvals/{approval.id}/{page}").status_code == 404


def test_the_answer_is_seen_by_every_official_who_decides(
    world: World, loretta: OfficialRow, nanook: OfficialRow
) -> None:
    marcus = world.official("state", "AL", "marcus")
    approval = world.routed(general_user())
    with world.database.transaction() as session:
        opinion = asks_opinion(session, session.merge(approval), loretta, "nanook", now=world.now)
        answers(session, opinion, "She is fine.", now=world.now)
    assert "She is fine." in words(world.browser.get(world.link(approval.id, marcus.id)))


def test_who_is_absent_is_named_and_cannot_be_selected(
    world: World, loretta: OfficialRow, margaret: OfficialRow
) -> None:
    henry = world.official("help-desk", "help-desk", "henry", name="Henry Hill")
    approval = world.routed(general_user())
    today = world.now.astimezone(ZoneInfo("America/Chicago")).date()
    with world.database.transaction() as session:
        wanted = Wanted(first_day=today, last_day=today + timedelta(days=3), substitute="henry")
        enter_absence(session, margaret.user_id, wanted, timedelta(days=30), world.now)
    link = f"{world.link(approval.id, loretta.id)}/opinion"
    page = world.browser.get(link)
    assert choices(page, "adviser") == [henry.user_id]
    assert "Absent now, and not asked: Margaret Osei (until " in words(page)
    forged = world.post(link, page, adviser="margaret", question="Do you know her?")
    assert forged.status_code == 422
    assert "This official is absent until " in words(forged)


def test_a_comment_that_is_sent_twice_is_kept_once(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    link = f"{world.link(approval.id, loretta.id)}/comment"
    page = world.browser.get(link)
    fields = {**hidden_fields(page), "readers": "everybody"}

    def kept() -> list[str]:
        with world.database.reading() as session:
            return list(session.scalars(select(CommentRow.text).order_by(CommentRow.made_at, CommentRow.text)))

    for text in ("I wait.", "I wait.", "I wait for a letter."):  # sent twice; then back, and changed
        assert world.browser.post(link, data={**fields, "text": text}).status_code == 303
    assert kept() == ["I wait.", "I wait for a letter."]
    with world.database.reading() as session:
        assert len(published(session, CommentMade)) == 2
    again = world.browser.get(link)
    assert world.post(link, again, **hidden_fields(again), text="I wait.", readers="everybody").status_code == 303
    assert len(kept()) == 3  # who opens the page again means it


def test_a_form_that_was_tampered_with_is_given_out_anew(world: World, loretta: OfficialRow) -> None:
    link = f"{world.link(world.routed(general_user()).id, loretta.id)}/comment"
    page = world.browser.get(link)
    answer = world.post(link, page, text="Hello", readers="everybody", form_id=EVIL)
    assert answer.status_code == 422
    assert "Open this page again" in words(answer)
    assert EVIL not in answer.text
