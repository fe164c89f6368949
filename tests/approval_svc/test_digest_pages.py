"""The page behind the link of a digest, and the page where an official chooses how to be mailed."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from approval_svc.domain.digests import Mails
from approval_svc.tables import ApprovalRow, AskingRow, OfficialPreferencesRow, OfficialRow
from approval_svc.use_cases import digesting
from approval_svc.use_cases.asking import ask_again
from approval_svc.web import deciding_many
from shared import digest_links
from shared.audit import Action
from shared.contracts import DigestKind, Person
from tests.approval_svc.browser import LORETTA, World, hidden_fields
from tests.approval_svc.factories import ALABAMA, LIFETIME, general_user, official, role_requested, route
from tests.audit import entries
from tests.pages import heading, soup, words


@dataclass
class Mailed:
    """A digest that was mailed to Loretta: its link, and the approvals that it listed, in its order."""

    world: World
    link: str
    ids: list[UUID]

    def open(self) -> TestResponse:
        return self.world.browser.get(self.link)

    def confirm(self, act: str, *ids: UUID) -> TestResponse:
        return self.world.post(f"{self.link}/confirm", self.open(), act=act, approval=[str(each) for each in ids])

    def act(self, confirmation: TestResponse, **fields: Any) -> TestResponse:
        ticked = [str(each["value"]) for each in soup(confirmation).select("input[name=approval][checked]")]
        return self.world.browser.post(
            f"{self.link}/act", data=hidden_fields(confirmation) | {"approval": ticked} | fields
        )

    def states(self) -> list[str]:
        with self.world.database.reading() as session:
            return [session.get_one(ApprovalRow, each).state for each in self.ids]


def person(number: int) -> Person:
    return Person(user_id=f"person.{number}", name=f"Person {number}", email=f"person.{number}@health.example")


def mailed(world: World, number: int = 5, *, days: float = 30) -> Mailed:
    """That many requests wait for Loretta, and a digest has listed them."""
    with world.database.transaction() as session:
        for each in range(number):
            route(session, general_user(requester=person(each)), world.now)
    return digest_of(world, days=days)


def digest_of(world: World, user_id: str = "loretta", *, days: float = 30) -> Mailed:
    with world.database.transaction() as session:
        asked = select(AskingRow).join(OfficialRow).where(OfficialRow.user_id == user_id)
        askings = session.scalars(asked.order_by(AskingRow.approval_id)).all()
        made = digesting.make(session, askings, DigestKind.DAILY, LIFETIME, world.now, not_before=world.now)
        assert made is not None
        token = digest_links.mint(
            world.settings.link_signing_keys,
            digest_id=made.id,
            official_id=made.official_id,
            expires_at=world.now + timedelta(days=days),
        )
        return Mailed(world, digest_links.path(token), [entry.approval_id for entry in made.entries])


def test_three_of_five_are_decided_on_one_page_and_two_still_wait(world: World, loretta: OfficialRow) -> None:
    digest = mailed(world)
    assert "5 requests of your digest wait for your decision" in words(digest.open())
    confirmation = digest.confirm("approve", *digest.ids[:3])
    assert heading(confirmation) == "Approve 3 requests?"
    assert digest.states() == ["asked"] * 5
    report = digest.act(confirmation)
    assert heading(report) == "3 requests were approved"
    assert digest.states() == ["approved"] * 3 + ["asked"] * 2
    page = words(digest.open())
    assert "2 requests of your digest wait" in page
    assert "Person 0, State Agency Sc General User, Alabama: Already approved by you." in page


def test_all_are_rejected_with_one_reason(world: World, loretta: OfficialRow) -> None:
    digest = mailed(world, 3)
    confirmation = digest.confirm("reject", *digest.ids)
    assert digest.act(confirmation).status_code == 422  # without a reason
    digest.act(confirmation, reason="not-needed")
    assert digest.states() == ["rejected"] * 3


def test_the_audit_says_that_it_was_the_link_of_a_digest(world: World, loretta: OfficialRow) -> None:
    digest = mailed(world, 1)
    digest.act(digest.confirm("approve", *digest.ids))
    (entry,) = entries(world.database, Action.APPROVAL_DECIDED)
    assert (entry.who, entry.after["way"]) == (f"official:{loretta.id}", "digest link")


def test_opening_decides_nothing(world: World, loretta: OfficialRow) -> None:
    digest = mailed(world, 2)
    before = world.rows()
    for _ in range(2):
        assert digest.open().status_code == 200
        assert world.browser.head(digest.link).status_code == 200
    assert world.rows() == before


def test_what_the_digest_did_not_list_is_not_decided_by_its_link(world: World, loretta: OfficialRow) -> None:
    digest = mailed(world, 2)
    with world.database.transaction() as session:
        (late,) = route(session, general_user(requester=person(9)), world.now)
    assert str(late.id) not in digest.open().text
    assert digest.confirm("approve", late.id).status_code == 404
    confirmation = digest.confirm("approve", *digest.ids)
    assert digest.act(confirmation, approval=str(late.id)).status_code == 404
    assert world.state(late) == "asked"


def test_what_another_official_decided_meanwhile_is_reported_with_their_name(
    world: World, loretta: OfficialRow
) -> None:
    otto = world.official("state", "AL", "otto", name="Otto Berg")
    digest = mailed(world, 2)
    confirmation = digest.confirm("approve", *digest.ids)
    single = world.link(digest.ids[0], otto.id)
    world.browser.post(
        f"{single}/confirm",
        data=hidden_fields(world.browser.get(single)) | {"decision": "rejected", "reason": "not-needed"},
    )
    report = digest.act(confirmation)
    assert heading(report) == "1 of 2 requests was approved"
    assert "Already rejected by Otto Berg." in words(report)
    assert digest.states() == ["rejected", "approved"]


def test_the_link_ends_with_its_time(world: World, loretta: OfficialRow) -> None:
    digest = mailed(world, 2, days=-1)
    page = digest.open()
    assert (page.status_code, heading(page)) == (410, "This link has ended")
    assert "Person" not in words(page)
    answer = world.browser.post(f"{digest.link}/act", data={"act": "approve", "approval": [str(digest.ids[0])]})
    assert answer.status_code in (400, 410)
    assert digest.states() == ["asked", "asked"]


def test_the_link_ends_when_mail_goes_to_another_address(world: World, loretta: OfficialRow) -> None:
    digest = mailed(world, 2)
    with world.database.transaction() as session:
        row, later = session.get_one(OfficialRow, loretta.id), world.now + timedelta(seconds=1)
        row.take_address("another@officials.example", later)
        ask_again(session, row, LIFETIME, later)
    assert digest.open().status_code == 410


def test_what_was_asked_anew_since_is_not_decided_by_an_older_digest(world: World, loretta: OfficialRow) -> None:
    digest = mailed(world, 2)
    with world.database.transaction() as session:
        asking = session.get_one(AskingRow, (digest.ids[0], loretta.id))
        later = world.now + timedelta(seconds=1)
        asking.ask(later, later + LIFETIME)
    page = digest.open()
    assert "1 request of your digest waits" in words(page)
    assert "Your link to it has ended" in words(page)


def test_somebody_else_who_is_signed_in_is_refused(world: World, loretta: OfficialRow) -> None:
    digest = mailed(world, 2)
    form = digest.open()
    world.sign_in(replace(LORETTA, user_id="person.0", name="Person 0"))
    page = digest.open()
    assert page.status_code == 403
    assert "This link was sent to Loretta Simmons. You are logged in as Person 0" in words(page)
    answer = world.post(f"{digest.link}/act", form, act="approve", approval=[str(each) for each in digest.ids])
    assert answer.status_code in (400, 403)
    assert digest.states() == ["asked", "asked"]


@pytest.mark.parametrize("change", ["x", "-1"], ids=["longer", "cut off"])
def test_an_altered_link_opens_nothing(world: World, loretta: OfficialRow, change: str) -> None:
    digest = mailed(world, 1)
    token = digest.link[:-1] if change == "-1" else digest.link + change
    assert world.browser.get(token).status_code == 404


def test_the_link_of_a_decision_is_no_link_of_a_digest(world: World, loretta: OfficialRow) -> None:
    approval = world.routed(general_user())
    token = world.link(approval.id, loretta.id).removeprefix("/decide/")
    assert world.browser.get(f"/digests/{token}").status_code == 404


def test_roles_that_make_an_official_need_sign_in_and_the_others_do_not(world: World) -> None:
    with world.database.transaction() as session:
        official(session, "cms", "cms", "margaret", name="Margaret Osei")
        route(session, role_requested("state-agency-security-official", ALABAMA, requester=person(1)), world.now)
        route(session, role_requested("cms-general-user", requester=person(2)), world.now)
    digest = digest_of(world, "margaret")
    page = digest.open()
    assert "1 request of your digest waits" in words(page)
    assert "Log in for 1 request" in words(page)
    digest.act(digest.confirm("approve", *digest.ids), approval=[str(each) for each in digest.ids])
    assert sorted(digest.states()) == ["approved", "asked"]
    world.sign_in(replace(LORETTA, user_id="margaret", name="Margaret Osei"))
    assert "Log in for" not in words(digest.open())
    digest.act(digest.confirm("approve", *digest.ids))
    assert digest.states() == ["approved", "approved"]


def test_nobody_decides_their_own_request_from_a_digest(world: World, loretta: OfficialRow) -> None:
    digest = mailed(world, 2)
    with world.database.transaction() as session:
        # She took the address of a requester after the digest was made.
        session.get_one(OfficialRow, loretta.id).email = person(0).email
    page = digest.open()
    assert "It is your own request. Another Security Official decides it." in words(page)
    confirmation = digest.confirm("approve", *digest.ids)
    digest.act(confirmation, approval=[str(each) for each in digest.ids])
    assert digest.states() == ["asked", "approved"]


def test_one_of_the_list_is_opened_and_decided_alone(world: World, loretta: OfficialRow) -> None:
    digest = mailed(world, 2)
    assert f"{digest.link}/requests/{digest.ids[0]}" in digest.open().text
    page = world.browser.get(f"{digest.link}/requests/{digest.ids[0]}", follow_redirects=True)
    assert heading(page) == "Decide on a role request"
    assert "Person 0 asks for the role" in words(page)
    assert world.browser.get(f"{digest.link}/requests/{loretta.id}").location == digest.link  # no such request in it


def test_an_ended_digest_leads_to_no_request(world: World, loretta: OfficialRow) -> None:
    digest = mailed(world, 1, days=-1)
    page = world.browser.get(f"{digest.link}/requests/{digest.ids[0]}", follow_redirects=True)
    assert heading(page) == "This link has ended"


# ── My Mail ─────────────────────────────────────────────────────────────────────────────────────────


def chosen(world: World) -> Mails | None:
    with world.database.reading() as session:
        row = session.get(OfficialPreferencesRow, "loretta")
        return row.mails if row else None


def test_an_official_chooses_how_to_be_mailed(world: World, loretta: OfficialRow) -> None:
    world.sign_in(LORETTA)
    page = world.browser.get("/my-mail")
    (checked,) = soup(page).select("input[name=mails][checked]")
    assert checked["value"] == "immediate"
    assert "loretta@officials.example" in words(page)
    saved = world.post("/my-mail", page, mails="digest")
    assert (saved.status_code, chosen(world)) == (303, Mails.DIGEST)
    page = world.browser.get("/my-mail")
    assert "Your choice is saved" in words(page)
    assert "Your next list is due" in words(page)
    assert "8:00 AM C" in words(page)  # in her zone, with its name


@pytest.mark.parametrize("sent", [{}, {"mails": "never"}], ids=["nothing", "something else"])
def test_a_choice_that_is_none_is_refused_at_its_field(
    world: World, loretta: OfficialRow, sent: dict[str, str]
) -> None:
    world.sign_in(LORETTA)
    page = world.post("/my-mail", world.browser.get("/my-mail"), **sent)
    assert page.status_code == 422
    assert "Select one of the three" in words(page)
    assert chosen(world) is None


def test_who_is_no_official_has_nothing_to_choose(world: World) -> None:
    world.sign_in(LORETTA)
    page = world.browser.get("/my-mail")
    assert "You are not listed as a Security Official" in words(page)
    assert soup(page).select("input[name=mails]") == []
    csrf = world.browser.get("/my-mail")
    world.post("/my-mail", csrf, mails="digest")
    assert chosen(world) is None


def test_of_a_digest_with_more_than_can_be_done_at_once_the_oldest_are_ticked(
    world: World, loretta: OfficialRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = mailed(world, 3)
    monkeypatch.setattr(deciding_many, "MOST", 2)
    page = digest.open()
    assert [str(each["value"]) for each in soup(page).select("input[name=approval][checked]")] == [
        str(each) for each in digest.ids[:2]
    ]
    assert "Select what you want to decide" in words(page)
