"""Mail to officials comes back: who is asked instead, what operations see, and how they mend it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from approval_svc import mail_queries, queries
from approval_svc.domain.official_rows import OfficialEntry
from approval_svc.tables import ApprovalRow, OfficialRow
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.import_officials import import_officials
from approval_svc.use_cases.mark_unreachable import mark_unreachable
from approval_svc.use_cases.record_delivery import record_delivery
from approval_svc.use_cases.restore_address import AddressNotRefusedError, restore_address
from shared.audit.table import audit
from shared.contracts import ApprovalRequested, NoticeFailed, NoticeSent, Person, RoleRequested
from shared.db import Database
from shared.ids import new_id
from tests.approval_svc.browser import LORETTA, World
from tests.approval_svc.factories import (
    ALABAMA,
    LIFETIME,
    NOW,
    approvals_of,
    approve,
    asked,
    general_user,
    grant,
    official,
    published,
    returned_mail,
    route,
)
from tests.pages import heading, soup, words

LATER = NOW + timedelta(hours=1)


def comes_back(session: Session, request: RoleRequested, *recipients: str, permanent: bool = True) -> ApprovalRow:
    """The mails that asked these officials come back; returns the approval as it stands then."""
    for recipient in recipients:
        (approval,) = approvals_of(session, request)
        mark_unreachable(session, replace(returned_mail(approval, recipient), permanent=permanent), LIFETIME, LATER)
    (approval,) = approvals_of(session, request)
    return approval


def entry(user_id: str, email: str) -> OfficialEntry:
    return OfficialEntry(
        user_id=user_id,
        authority_kind="state",
        organization_id="AL",
        name=user_id.title(),
        email=email,
        phone=None,
        time_zone="America/Chicago",
    )


def test_one_dead_address_leaves_the_other_officials_of_the_authority(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        official(session, "state", "AL", "marcus")
        official(session, "cms", "cms", "margaret")
        route(session, request)
        assert asked(comes_back(session, request, "loretta")) == {"marcus"}


def test_dead_addresses_lead_up_to_the_help_desk_and_then_to_operations(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        official(session, "state", "AL", "marcus")
        official(session, "cms", "cms", "margaret")
        official(session, "help-desk", "help-desk", "priya")
        route(session, request)
        assert asked(comes_back(session, request, "loretta", "marcus")) == {"margaret"}
        assert asked(comes_back(session, request, "margaret")) == {"priya"}
        last = comes_back(session, request, "priya")
        assert (asked(last), last.state) == (set(), "unroutable")


def test_tries_that_ran_out_say_nothing_about_the_address(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        row = official(session, "state", "AL", "loretta")
        route(session, request)
        assert asked(comes_back(session, request, "loretta", permanent=False)) == {"loretta"}
        assert row.reachable


def arrives(session: Session, failed: NoticeFailed) -> None:
    """Another mail, or the same one again, is taken by the mail server."""
    told = NoticeSent(
        notice_id=failed.notice_id,
        template=failed.template,
        recipient=failed.recipient,
        request_id=failed.request_id,
        approval_id=failed.approval_id,
        sent_at=LATER,
    )
    record_delivery(session, told)


def never_arrives(session: Session, request: RoleRequested, recipient: str = "loretta") -> NoticeFailed:
    """The tries to mail this official run out."""
    (approval,) = approvals_of(session, request)
    failed = replace(returned_mail(approval, recipient), permanent=False, reason="451 try again later")
    mark_unreachable(session, failed, LIFETIME, LATER)
    return failed


def test_whoever_was_asked_by_a_mail_that_never_arrived_stays_asked_and_is_listed(
    approval_database: Database,
) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        official(session, "state", "AL", "marcus")
        route(session, request)
        failed = never_arrives(session, request)
        (listed,) = mail_queries.undelivered(session)
        assert (listed.official.user_id, listed.undelivered) == ("loretta", "451 try again later")
        assert listed.notice_id == failed.notice_id
        assert asked(listed.approval) == {"loretta", "marcus"}


def test_a_mail_that_arrives_after_all_takes_the_official_from_the_list(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        route(session, request)
        failed = never_arrives(session, request)
        arrives(session, failed)
        assert mail_queries.count_undelivered(session) == 0
        mark_unreachable(session, failed, LIFETIME, LATER)
        assert mail_queries.count_undelivered(session) == 1, "what a server took may come back"


def test_an_earlier_mail_that_never_arrived_does_not_matter_once_a_later_one_did(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        (approval,) = route(session, request)
        arrives(session, returned_mail(approval, "loretta"))
        never_arrives(session, request)
        assert mail_queries.count_undelivered(session) == 0


def test_a_decision_takes_what_waited_from_the_list(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        marcus = official(session, "state", "AL", "marcus")
        (approval,) = route(session, request)
        never_arrives(session, request)
        approve(session, approval, marcus)
        assert mail_queries.count_undelivered(session) == 0
        assert list(mail_queries.undelivered(session)) == []


def test_mail_that_asks_for_nothing_lists_nobody(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        (approval,) = route(session, request)
        told = replace(returned_mail(approval, "loretta"), permanent=False, template="already_handled")
        mark_unreachable(session, told, LIFETIME, LATER)
        assert mail_queries.count_undelivered(session) == 0


def test_an_official_who_is_asked_at_another_address_leaves_the_list(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        route(session, request)
        never_arrives(session, request)
        import_officials(session, [entry("loretta", "new@x.example")], LIFETIME, LATER)
        assert mail_queries.count_undelivered(session) == 0


def test_a_mail_that_never_arrived_holds_up_no_routing(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        route(session, request)
    with approval_database.transaction() as router, approval_database.transaction() as session:
        queries.hold_directory(router)
        session.execute(text("SET LOCAL lock_timeout = '1s'"))
        never_arrives(session, request)
        assert mail_queries.count_undelivered(session) == 1


def refused_beside(template: str, written_at: datetime = NOW) -> NoticeFailed:
    """A mail to Loretta that asks for no decision comes back."""
    return NoticeFailed(
        notice_id=new_id(),
        template=template,
        recipient="loretta",
        request_id=None,
        approval_id=None,
        reason="550 no such mailbox",
        permanent=True,
        failed_at=LATER,
        written_at=written_at,
    )


@pytest.mark.parametrize("template", sorted(mail_queries.TO_OFFICIALS))
def test_mail_to_officials_that_asks_for_no_decision_tells_of_a_dead_address_too(
    approval_database: Database, template: str
) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        row = official(session, "state", "AL", "loretta")
        official(session, "state", "AL", "marcus")
        route(session, request)
        mark_unreachable(session, refused_beside(template), LIFETIME, LATER)
        (approval,) = approvals_of(session, request)
        assert (row.reachable, asked(approval)) == (False, {"marcus"})


def test_mail_to_somebody_as_a_holder_of_roles_says_nothing_of_their_address_as_an_official(
    approval_database: Database,
) -> None:
    with approval_database.transaction() as session:
        row = official(session, "state", "AL", "loretta")
        for template in ("inactive", "role_ended", "account_locked"):
            mark_unreachable(session, refused_beside(template), LIFETIME, LATER)
        assert row.reachable


def test_nor_does_one_from_before_it_was_mended_or_to_one_of_several_addresses(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        row = official(session, "state", "AL", "loretta")
        mark_unreachable(session, refused_beside("review_due", row.address_since - LIFETIME), LIFETIME, LATER)
        assert row.reachable
        other = official(session, "state", "AK", "loretta")
        other.take_address("another@officials.example", other.address_since)
        mark_unreachable(session, refused_beside("review_due"), LIFETIME, LATER)
        assert (row.reachable, other.reachable) == (True, True)


def test_whoever_stands_for_two_authorities_is_passed_over_at_both(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        elsewhere = official(session, "state", "AK", "loretta")
        route(session, request)
        comes_back(session, request, "loretta")
        assert (elsewhere.reachable, elsewhere.refusal) == (False, "550 no such mailbox")


def test_a_bounce_that_comes_after_the_address_was_mended_undoes_nothing(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        row = official(session, "state", "AL", "loretta")
        route(session, request)
        import_officials(session, [entry("loretta", "new@x.example")], LIFETIME, NOW + timedelta(minutes=1))
        (approval,) = approvals_of(session, request)
        approval.askings[0].asked_at = NOW  # as if the mail to the new address had not been asked for
        comes_back(session, request, "loretta")
        assert row.reachable


def test_an_official_who_gets_another_address_is_asked_there_too(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        row = official(session, "state", "AL", "loretta")
        route(session, request)
        import_officials(session, [entry("loretta", "new@x.example")], LIFETIME, LATER)
        import_officials(session, [entry("loretta", "new@x.example")], LIFETIME, LATER + timedelta(hours=1))
        first, again = published(session, ApprovalRequested)
        assert (first.newly_asked, again.newly_asked) == ((row.id,), (row.id,))
        assert again.officials[0].email == "new@x.example"


def test_a_grant_with_another_address_asks_the_official_there_too(approval_database: Database) -> None:
    request = general_user()
    moved = Person(user_id="loretta", name="Loretta", email="new@x.example")
    with approval_database.transaction() as session:
        row = official(session, "state", "AL", "loretta")
        route(session, request)
        for _ in ("the first", "another with the same address"):
            follow_grant(session, grant(moved, "state-agency-security-official", ALABAMA), LIFETIME, LATER)
        first, again = published(session, ApprovalRequested)
        assert (first.newly_asked, again.newly_asked) == ((row.id,), (row.id,))
        assert again.officials[0].email == "new@x.example"


def test_an_import_with_another_address_brings_a_dead_official_back(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        official(session, "cms", "cms", "margaret")
        route(session, request)
        comes_back(session, request, "loretta")
        import_officials(session, [entry("loretta", "new@x.example")], LIFETIME, LATER)
        (approval,) = approvals_of(session, request)
        assert asked(approval) == {"loretta"}
        told = published(session, ApprovalRequested)[-1]
        assert [each.email for each in told.officials] == ["new@x.example"]
        assert len(told.newly_asked) == 1, "one mail to the new address, not two"


def test_an_address_that_works_again_brings_back_what_had_gone_to_others(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        row = official(session, "state", "AL", "loretta")
        elsewhere = official(session, "state", "AK", "loretta")
        official(session, "cms", "cms", "margaret")
        route(session, request)
        comes_back(session, request, "loretta")
        restore_address(session, row.id, LIFETIME, LATER)
        (approval,) = approvals_of(session, request)
        assert asked(approval) == {"loretta"}
        assert elsewhere.reachable
        with pytest.raises(AddressNotRefusedError):
            restore_address(session, row.id, LIFETIME, LATER)


def test_the_audit_tells_of_the_refusal_and_of_the_mending(approval_database: Database) -> None:
    request = general_user()
    with approval_database.transaction() as session:
        row = official(session, "state", "AL", "loretta")
        route(session, request)
        comes_back(session, request, "loretta")
        restore_address(session, row.id, LIFETIME, LATER)
    with approval_database.reading() as session:
        told = session.execute(select(audit.c.action, audit.c.after).where(audit.c.subject_id == str(row.id))).all()
    assert ("official.unreachable", {"reachable": False, "answer": "550 no such mailbox"}) in [
        tuple(one) for one in told
    ]
    assert ("official.changed", {"reachable": True}) in [tuple(one) for one in told]


@pytest.fixture
def operations(world: World) -> World:
    world.sign_in(replace(LORETTA, user_id="olu", is_operations=True))
    return world


def refused(world: World) -> tuple[OfficialRow, ApprovalRow]:
    """Mail to Loretta of Alabama came back, so that Margaret of CMS has her request."""
    row = world.official("state", "AL", "loretta", name="Loretta Simmons")
    world.official("cms", "cms", "margaret")
    approval = world.routed(general_user())
    with world.database.transaction() as session:
        mark_unreachable(session, returned_mail(approval, "loretta"), LIFETIME, world.now)
    return row, approval


def test_operations_see_the_dead_address_and_what_went_to_others(operations: World) -> None:
    _, approval = refused(operations)
    page = operations.browser.get("/operations/addresses")
    assert heading(page) == "Addresses that take no mail"
    for shown in ("l***@officials.example", "550 no such mailbox", "Security Officials of Alabama", "Refused since"):
        assert shown in words(page)
    assert "loretta@officials.example" not in page.text
    link = soup(page).select_one(f"a[href='/operations/requests/{approval.request_id}/explain']")
    assert link is not None
    assert "now before CMS" in words(page)
    assert "Addresses that take no mail : 1 now" in words(operations.browser.get("/operations"))


def test_operations_see_whom_no_mail_told(operations: World) -> None:
    operations.official("state", "AL", "loretta", name="Loretta Simmons", phone="303-555-0100")
    approval = operations.routed(general_user())
    page = operations.browser.get("/operations/addresses")
    assert "every mail that asks for a decision has arrived" in words(page)
    failed = replace(returned_mail(approval, "loretta"), permanent=False, reason="451 try again later")
    with operations.database.transaction() as session:
        mark_unreachable(session, failed, LIFETIME, operations.now)

    page = operations.browser.get("/operations/addresses")
    assert "Mail reaches every Security Official" not in words(page)
    shown = soup(page).select_one("#undelivered ~ table")
    assert shown is not None
    for told in ("Loretta Simmons", "l***@officials.example", "303-555-0100", "451 try again", str(failed.notice_id)):
        assert told in shown.get_text(" ")
    assert shown.select_one(f"a[href='/operations/requests/{approval.request_id}/explain']") is not None
    assert "Asked, but the mail never arrived : 1 now" in words(operations.browser.get("/operations"))


def test_operations_say_that_the_address_works_again(operations: World) -> None:
    row, _ = refused(operations)
    path = f"/operations/addresses/{row.id}/works-again"
    page = operations.browser.get("/operations/addresses")
    assert operations.browser.post(path).status_code == 400, "a forged form changes nothing"
    answer = operations.post(path, page)
    assert answer.status_code == 303
    listed = operations.browser.get(answer.location)
    assert "The official can be asked again" in words(listed)
    assert "Mail reaches every Security Official" in words(listed)
    twice = operations.post(path, page)
    assert "not refused any more" in words(operations.browser.get(twice.location))


def test_nobody_else_sees_or_mends_addresses(world: World) -> None:
    row, _ = refused(world)
    assert world.browser.get("/operations/addresses").status_code == 302
    world.sign_in(LORETTA)
    page = world.browser.get("/my-approvals")
    assert world.browser.get("/operations/addresses").status_code == 403
    assert world.post(f"/operations/addresses/{row.id}/works-again", page).status_code in (302, 400, 403)
    with world.database.reading() as session:
        assert not session.get_one(OfficialRow, row.id).reachable
