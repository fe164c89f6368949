"""The pages of a review: what an official sees beside each name, and how they answer one or many."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from approval_svc.domain.reviews import Answer
from approval_svc.domain.routing import AuthorityId
from approval_svc.tables import OfficialRow, ReviewItemRow, ReviewRow
from approval_svc.use_cases.activity import note_sign_in
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.open_review import open_review
from approval_svc.use_cases.tend_reviews import tend_reviews
from shared.clock import utc_now
from shared.contracts import Person, RoleEndOrdered, RoleGranted
from tests.approval_svc.browser import LORETTA, World
from tests.approval_svc.factories import ALABAMA, ANGELA, LIFETIME, grant, published
from tests.pages import heading, soup, words

AL = AuthorityId(kind="state", id="AL")
ROLE = "state-agency-sc-general-user"
BERT = Person(user_id="bert", name="Bert Olsen", email="bert@health.example")


def granted(world: World, *grants: RoleGranted) -> None:
    with world.database.transaction() as session:
        for each in grants:
            follow_grant(session, each, LIFETIME, world.now)


def opened(world: World) -> str:
    with world.database.transaction() as session:
        review = open_review(session, AL, utc_now())
        assert review is not None
        return f"/reviews/{review.id}"


@pytest.fixture
def roles(world: World, loretta: OfficialRow) -> dict[str, UUID]:
    """Angela and Bert have a role in Alabama; Angela signed in three days ago."""
    grants = {"angela": grant(ANGELA, ROLE, ALABAMA), "bert": grant(BERT, ROLE, ALABAMA)}
    granted(world, *grants.values())
    with world.database.transaction() as session:
        note_sign_in(session, ANGELA.user_id, utc_now() - timedelta(days=3, hours=1))
    world.sign_in(LORETTA)
    return {name: each.grant_id for name, each in grants.items()}


def answers(world: World) -> dict[UUID, Answer | None]:
    with world.database.reading() as session:
        return {row.grant_id: row.answer for row in session.scalars(select(ReviewItemRow))}


def ticked(page: TestResponse) -> list[str]:
    return [str(box["value"]) for box in soup(page).select("input[name=role][checked]")]


def test_an_official_sees_each_role_with_the_last_sign_in_beside_the_name(world: World, roles: dict[str, UUID]) -> None:
    review = opened(world)
    listed = world.browser.get("/reviews")
    assert review in listed.text
    assert "2 roles not answered yet" in words(listed)
    page = world.browser.get(review)
    lines = {row.select("th")[0].get_text(" ", strip=True): row for row in soup(page).select("tbody tr")}
    assert "3 days ago" in lines["Angela Whitaker angela.whitaker"].get_text(" ")
    assert "Never, as far as we know" in lines["Bert Olsen bert"].get_text(" ")
    assert "What nobody has answered by then is kept." in words(page)


def test_many_are_confirmed_with_a_page_between_that_names_them(world: World, roles: dict[str, UUID]) -> None:
    review = opened(world)
    before = world.rows()
    confirmation = world.post(
        review, world.browser.get(review), said="confirm", role=[str(roles["angela"]), str(roles["bert"])]
    )
    assert heading(confirmation) == "Confirm 2 roles?"
    assert "Angela Whitaker" in words(confirmation)
    assert world.rows() == before
    report = world.post(f"{review}/answer", confirmation, said="confirm", role=ticked(confirmation))
    assert heading(report) == "2 roles were confirmed"
    assert "The review is complete" in words(report)
    assert set(answers(world).values()) == {Answer.CONFIRMED}
    closed = words(world.browser.get(review))
    assert "This review was closed" in closed
    assert "Select" not in closed


def test_a_role_is_removed_with_a_reason(world: World, roles: dict[str, UUID]) -> None:
    review, bert = opened(world), str(roles["bert"])
    confirmation = world.post(review, world.browser.get(review), said="remove", role=bert)
    assert heading(confirmation) == "Remove 1 role?"
    refused = world.post(f"{review}/answer", confirmation, said="remove", role=bert)
    assert refused.status_code == 422
    assert "Enter a reason: the person reads it" in words(refused)
    assert heading(refused) == "Remove 1 role?"
    report = world.post(f"{review}/answer", refused, said="remove", role=bert, reason="Left <b>us</b>")
    assert heading(report) == "1 role was removed"
    with world.database.reading() as session:
        (order,) = published(session, RoleEndOrdered)
    assert (order.grant_id, order.reason, order.ordered_by) == (roles["bert"], "Left <b>us</b>", "Loretta Simmons")


def test_what_another_official_answered_meanwhile_is_reported_row_by_row(world: World, roles: dict[str, UUID]) -> None:
    world.official("state", "AL", "wesley", name="Wesley Tran")
    review, both = opened(world), [str(each) for each in roles.values()]
    confirmation = world.post(review, world.browser.get(review), said="confirm", role=both)
    world.sign_in(replace(LORETTA, user_id="wesley", name="Wesley Tran"))
    world.post(f"{review}/answer", world.browser.get(review), said="confirm", role=str(roles["bert"]))
    world.sign_in(LORETTA)
    report = world.post(f"{review}/answer", confirmation, said="confirm", role=both)
    assert heading(report) == "1 of 2 roles was confirmed"
    assert "Bert Olsen, state-agency-sc-general-user: Wesley Tran confirmed it already" in words(report)


def test_nothing_ticked_and_no_button_are_told_at_the_list(world: World, roles: dict[str, UUID]) -> None:
    review = opened(world)
    page = world.post(review, world.browser.get(review), said="confirm")
    assert page.status_code == 422
    assert "Select at least one role" in words(page)
    page = world.post(review, page, role=str(roles["bert"]))
    assert page.status_code == 422
    assert ticked(page) == [str(roles["bert"])]
    page = world.post(f"{review}/answer", page, said="confirm")
    assert page.status_code == 422
    assert set(answers(world).values()) == {None}


def test_five_hundred_roles_are_answered_at_once(world: World, loretta: OfficialRow) -> None:
    people = [Person(user_id=f"u{n}", name=f"User {n:03}", email=f"u{n}@x.example") for n in range(500)]
    granted(world, *(grant(person, ROLE, ALABAMA) for person in people))
    world.sign_in(LORETTA)
    review = opened(world)
    page = world.browser.get(f"{review}?selected=all")
    assert "All 500 are selected, on every page" in words(page)
    shown = [str(each["value"]) for each in soup(page).select("input[name=shown]")]
    confirmation = world.post(
        f"{review}?selected=all",
        page,
        said="confirm",
        shown=shown,
        role=[each for each in ticked(page) if each != shown[0]],
    )
    assert heading(confirmation) == "Confirm 499 roles?"
    report = world.post(f"{review}/answer", confirmation, said="confirm", role=ticked(confirmation))
    assert heading(report) == "499 roles were confirmed"
    assert [str(grant_id) for grant_id, answer in answers(world).items() if answer is None] == [shown[0]]


def test_the_list_is_searched_and_sorted_by_sign_in(world: World, roles: dict[str, UUID]) -> None:
    review = opened(world)
    found = world.browser.get(f"{review}?search=olsen")
    assert "Bert Olsen" in words(found)
    assert "Angela Whitaker" not in words(found)
    page = world.browser.get(f"{review}?sort=sign-in")
    names = [each.get_text(" ", strip=True) for each in soup(page).select("tbody th")]
    assert names == ["Bert Olsen bert", "Angela Whitaker angela.whitaker"]
    for query, sentence in {
        "sort=upwards": "Select one from the list",
        f"search={'x' * 101}": "Look for something shorter",
        "page=last": "There is no such page",
        "selected=some": "Use the links above the list to select",
    }.items():
        wrong = world.browser.get(f"{review}?{query}")
        assert (wrong.status_code, sentence in words(wrong)) == (422, True), query


def test_nobody_can_tick_their_own_role(world: World, roles: dict[str, UUID]) -> None:
    own = grant(Person(user_id="loretta", name="Loretta Simmons", email="loretta@officials.example"), ROLE, ALABAMA)
    granted(world, own)
    world.official("state", "AL", "wesley", name="Wesley Tran")
    review = opened(world)
    page = world.browser.get(review)
    assert "It is your own role: others review it" in words(page)
    assert str(own.grant_id) not in [str(box["value"]) for box in soup(page).select("input[name=role]")]
    confirmation = world.post(review, page, said="confirm", role=str(own.grant_id))
    assert heading(confirmation) == "Nothing to confirm"
    report = world.post(f"{review}/answer", page, said="confirm", role=str(own.grant_id))
    assert heading(report) == "No role was confirmed"
    assert answers(world)[own.grant_id] is None


def test_a_review_of_others_does_not_exist(world: World, roles: dict[str, UUID]) -> None:
    review = opened(world)
    page = world.browser.get(review)
    world.sign_in(replace(LORETTA, user_id="angela.whitaker", name="Angela Whitaker"))
    assert world.browser.get(review).status_code == 404
    assert world.post(review, page, said="confirm", role=str(roles["bert"])).status_code == 404
    assert world.post(f"{review}/answer", page, said="confirm", role=str(roles["bert"])).status_code == 404
    assert "No review is waiting for you" in words(world.browser.get("/reviews"))
    assert set(answers(world).values()) == {None}


def test_cms_sees_of_a_states_review_only_what_falls_to_cms(world: World, roles: dict[str, UUID]) -> None:
    world.official("cms", "cms", "margaret", name="Margaret Osei")
    lorettas = grant(Person(user_id="loretta", name="Loretta Simmons", email="l@x.example"), ROLE, ALABAMA)
    granted(world, lorettas)
    review = opened(world)
    world.sign_in(replace(LORETTA, user_id="margaret", name="Margaret Osei"))
    page = world.browser.get(review)
    assert "Loretta Simmons" in words(page)
    assert "Bert Olsen" not in words(page)


def test_the_same_answers_sent_twice_are_the_readers_own(world: World, roles: dict[str, UUID]) -> None:
    review, angela = opened(world), str(roles["angela"])
    page = world.browser.get(review)
    for heading_then in ("1 role was confirmed", "No role was confirmed"):
        report = world.post(f"{review}/answer", page, said="confirm", role=angela)
        assert heading(report) == heading_then
    assert "Angela Whitaker, state-agency-sc-general-user: You confirmed it already" in words(report)


def test_answers_that_come_after_the_end_are_reported_row_by_row_and_not_taken(
    world: World, roles: dict[str, UUID]
) -> None:
    review, both = opened(world), [str(each) for each in roles.values()]
    confirmation = world.post(review, world.browser.get(review), said="remove", role=both)
    world.post(f"{review}/answer", confirmation, said="confirm", role=both[:1])
    with world.database.transaction() as session:
        row = session.scalars(select(ReviewRow)).one()
        noon = row.ends_at + timedelta(days=1)  # whatever the hour and the day, some of these ticks is in mail hours
        for hours in range(120):
            tend_reviews(session, noon + timedelta(hours=hours))
    report = world.post(f"{review}/answer", confirmation, said="remove", role=both, reason="Left")
    assert heading(report) == "No role was removed"
    assert "Angela Whitaker, state-agency-sc-general-user: You confirmed it already" in words(report)
    assert "Bert Olsen, state-agency-sc-general-user: The review was closed before, and the role was kept" in words(
        report
    )
    with world.database.reading() as session:
        assert published(session, RoleEndOrdered) == []
