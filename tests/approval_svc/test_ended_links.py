"""Links that have ended: what they opened before is not opened by what comes after, a decision or a detour."""

import dataclasses
from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from approval_svc.domain.approvals import Verdict, Way
from approval_svc.domain.choices import Choice
from approval_svc.tables import ApprovalRow, DigestRow, OfficialRow
from approval_svc.use_cases.asking import ask_again
from approval_svc.use_cases.comment import comment
from tests.approval_svc.browser import LORETTA, World
from tests.approval_svc.factories import (
    ALABAMA,
    LIFETIME,
    general_user,
    give,
    role_requested,
    route,
)
from tests.approval_svc.test_digest_pages import digest_of, person
from tests.pages import heading, words

SECRET = "Between us: her supervisor has doubts."
SECOND = timedelta(seconds=1)


def new_address(world: World, official: OfficialRow) -> None:
    """Mail to the official goes to another address from now on."""
    with world.database.transaction() as session:
        row, later = session.get_one(OfficialRow, official.id), world.now + SECOND
        row.take_address("another@officials.example", later)
        ask_again(session, row, LIFETIME, later)


def decided(world: World, approval: ApprovalRow, otto: OfficialRow) -> None:
    """Otto comments for officials only, and approves."""
    with world.database.transaction() as session:
        row = session.get_one(ApprovalRow, approval.id)
        way = Way(signed_in_as=otto.user_id)
        comment(session, row.id, otto.id, SECRET, way, for_officials=True, always_sign_in=False, now=world.now)
        give(session, row, otto, Choice(verdict=Verdict.APPROVED), way)


@pytest.fixture
def otto(world: World) -> OfficialRow:
    return world.official("state", "AL", "otto")


def shows_talk(page: TestResponse) -> bool:
    return "her supervisor has doubts" in words(page) and "Audit trail" in words(page)


def test_a_digest_to_a_former_address_leads_to_no_request_that_was_asked_for_another_authority(
    world: World, loretta: OfficialRow
) -> None:
    world.official("state", "CO", "loretta")
    colorado = dataclasses.replace(general_user().organizations[0], id="CO", name="Colorado")
    with world.database.transaction() as session:
        route(session, general_user(requester=person(1)), world.now)
        route(session, general_user(requester=person(2), organizations=(colorado,)), world.now)
    digest = digest_of(world)
    assert len(digest.ids) == 2
    with world.database.reading() as session:
        mailed_to = session.scalars(select(DigestRow)).one().official
    new_address(world, mailed_to)
    for each in digest.ids:
        answer = world.browser.get(f"{digest.link}/requests/{each}")
        assert (answer.status_code, answer.location) == (302, digest.link)
    assert digest.open().status_code == 410


def test_who_was_asked_sees_what_was_said_while_their_link_works(
    world: World, loretta: OfficialRow, otto: OfficialRow
) -> None:
    approval = world.routed(general_user())
    decided(world, approval, otto)
    assert shows_talk(world.browser.get(world.link(approval.id, loretta.id)))


@pytest.mark.parametrize("ended", ["its time is over", "mail goes elsewhere"])
def test_a_link_that_ended_tells_of_a_decision_but_not_what_was_said(
    world: World, loretta: OfficialRow, otto: OfficialRow, ended: str
) -> None:
    approval = world.routed(general_user())
    link = world.link(approval.id, loretta.id, days=-1 if ended == "its time is over" else 30)
    if ended == "mail goes elsewhere":
        new_address(world, loretta)
    decided(world, approval, otto)
    page = world.browser.get(link)
    assert heading(page) == "Otto approved this request"
    assert SECRET not in words(page)
    assert "Audit trail" not in words(page)
    assert "Log in to see what was said" in words(page)


def test_of_a_security_officials_role_what_was_said_is_for_who_is_signed_in(world: World) -> None:
    margaret, otto = world.official("cms", "cms", "margaret"), world.official("cms", "cms", "otto")
    approval = world.routed(role_requested("state-agency-security-official", ALABAMA))
    decided(world, approval, otto)
    link = world.link(approval.id, margaret.id)
    page = world.browser.get(link)
    assert heading(page) == "Otto approved this request"
    assert SECRET not in words(page)
    assert "Audit trail" not in words(page)
    world.sign_in(dataclasses.replace(LORETTA, user_id="margaret", name="Margaret Osei"))
    assert shows_talk(world.browser.get(link))
