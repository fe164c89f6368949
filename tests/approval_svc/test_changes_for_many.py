"""The directory changes while much waits: whoever is newly asked about several has one mail of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from approval_svc.domain.official_rows import OfficialEntry
from approval_svc.domain.routing import AuthorityId
from approval_svc.tables import ApprovalRow
from approval_svc.use_cases.follow_closed_account import follow_closed_account
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.follow_removal import follow_removal
from approval_svc.use_cases.import_officials import import_officials
from approval_svc.use_cases.mark_unreachable import mark_unreachable
from approval_svc.use_cases.remove_official import remove_official
from approval_svc.use_cases.reroute import reroute_unroutable
from approval_svc.use_cases.restore_address import restore_address
from shared.contracts import AccountClosed, ApprovalRequested, DigestDue, DigestKind, EndedBecause, Person
from shared.db import Database
from tests.approval_svc.factories import (
    ALABAMA,
    LIFETIME,
    general_user,
    grant,
    official,
    published,
    removal,
    returned_mail,
    route,
)
from tests.approval_svc.test_digest_pages import person

STATE = AuthorityId(kind="state", id="AL")
OFFICIAL_ROLE = "state-agency-security-official"
NIGHT = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
"""Midnight in Alabama."""
MORNING = NIGHT + timedelta(hours=8)
LORETTA = Person(user_id="loretta", name="Loretta", email="loretta@officials.example")

Change = Callable[[Session, ApprovalRow], object]


def several_wait(session: Session, number: int = 3) -> list[ApprovalRow]:
    """That many people ask for a role in Alabama, in the afternoon before."""
    asked_at = NIGHT - timedelta(hours=9)
    return [
        each
        for one in range(number)
        for each in route(session, general_user(requester=person(one), submitted_at=asked_at), asked_at)
    ]


def change(database: Database, make: Change) -> tuple[list[ApprovalRequested], list[DigestDue]]:
    """Lets the directory change at night; returns what was told of it."""
    with database.transaction() as session:
        (approval, *_) = several_wait(session)
        before = len(published(session, ApprovalRequested))
        make(session, approval)
        return published(session, ApprovalRequested)[before:], published(session, DigestDue)


def import_loretta(session: Session, _approval: ApprovalRow) -> None:
    row = OfficialEntry(
        user_id="loretta",
        authority_kind="state",
        organization_id="AL",
        name="Loretta",
        email="loretta@x.example",
        phone=None,
        time_zone="America/Chicago",
    )
    import_officials(session, [row], LIFETIME, NIGHT)


def grant_loretta(session: Session, _approval: ApprovalRow) -> None:
    moved = replace(LORETTA, email="loretta@x.example")
    follow_grant(session, grant(moved, OFFICIAL_ROLE, ALABAMA), LIFETIME, NIGHT)


def close_account(session: Session, _approval: ApprovalRow) -> None:
    follow_closed_account(session, AccountClosed(account=LORETTA, closed_at=NIGHT), LIFETIME, NIGHT)


def refuse(session: Session, approval: ApprovalRow) -> None:
    mark_unreachable(session, returned_mail(approval, "loretta"), LIFETIME, NIGHT)


LEAVING: dict[str, Change] = {
    "is removed": lambda session, _: remove_official(session, STATE, "loretta", LIFETIME, NIGHT),
    "closes the account": close_account,
    "has a refused address": refuse,
}
COMING: dict[str, Change] = {"by a file": import_loretta, "by a grant": grant_loretta}


@pytest.mark.parametrize("leave", LEAVING.values(), ids=LEAVING)
def test_what_comes_to_the_next_ones_when_an_official_leaves_is_one_mail(
    approval_database: Database, leave: Change
) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        margaret = official(session, "cms", "cms", "margaret")
    asked, (digest,) = change(approval_database, leave)
    assert [each.by_digest for each in asked] == [(margaret.id,)] * 3
    assert (digest.kind, digest.official.user_id, len(digest.entries)) == (DigestKind.ASKED, "margaret", 3)
    assert digest.not_before == NIGHT  # somebody has just done it


@pytest.mark.parametrize("come", COMING.values(), ids=COMING)
def test_what_an_official_finds_who_comes_is_one_mail(approval_database: Database, come: Change) -> None:
    asked, (digest,) = change(approval_database, come)
    assert [each.by_digest for each in asked] == [(digest.official.official_id,)] * 3
    assert (digest.official.user_id, len(digest.entries)) == ("loretta", 3)


@pytest.mark.parametrize("move", COMING.values(), ids=COMING)
def test_who_is_asked_again_at_another_address_has_one_mail(approval_database: Database, move: Change) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta", name="Loretta")
    asked, (digest,) = change(approval_database, move)
    assert [(each.newly_asked, each.by_digest) for each in asked] == [((loretta.id,), (loretta.id,))] * 3
    assert (digest.official.email, len(digest.entries)) == ("loretta@x.example", 3)


def test_who_can_be_reached_again_has_one_mail(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta", reachable=False)
        official(session, "cms", "cms", "margaret")
    _, (digest,) = change(approval_database, lambda session, _: restore_address(session, loretta.id, LIFETIME, NIGHT))
    assert (digest.official.user_id, len(digest.entries)) == ("loretta", 3)


def test_what_the_net_catches_is_one_mail(approval_database: Database) -> None:
    def appear(session: Session, _approval: ApprovalRow) -> None:
        official(session, "state", "AL", "loretta")
        reroute_unroutable(session, LIFETIME, NIGHT)

    _, (digest,) = change(approval_database, appear)
    assert (digest.official.user_id, len(digest.entries)) == ("loretta", 3)


@pytest.mark.parametrize(
    ("because", "by", "mailed_at"),
    [
        (EndedBecause.ENDED, None, MORNING),
        (EndedBecause.INACTIVE, None, MORNING),
        (EndedBecause.REVIEW, None, MORNING),
        (EndedBecause.REVIEW, "Margaret", NIGHT),
        (EndedBecause.REMOVED, "Margaret", NIGHT),
    ],
)
@pytest.mark.parametrize("number", [1, 2], ids=["a mail of its own", "one of several"])
def test_when_time_ends_the_role_of_an_official_the_others_are_mailed_in_mail_hours(
    approval_database: Database, because: EndedBecause, by: str | None, mailed_at: datetime, number: int
) -> None:
    with approval_database.transaction() as session:
        given = grant(LORETTA, OFFICIAL_ROLE, ALABAMA)
        follow_grant(session, given, LIFETIME, NIGHT - timedelta(days=1))
        official(session, "cms", "cms", "margaret")
        several_wait(session, number)
        follow_removal(session, replace(removal(given), because=because, by_name=by), LIFETIME, NIGHT)
        told = published(session, DigestDue) if number > 1 else published(session, ApprovalRequested)[-1:]
        assert [each.not_before or NIGHT for each in told] == [mailed_at]


def test_nobody_is_sent_their_own_request_among_several(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        own = person(0)
        official(session, "cms", "cms", own.user_id, email=own.email)
        official(session, "cms", "cms", "margaret")
        several_wait(session)
        remove_official(session, STATE, "loretta", LIFETIME, NIGHT)
        listed = {
            each.official.user_id: {entry.requester for entry in each.entries} for each in published(session, DigestDue)
        }
    assert listed == {
        "margaret": {"Person 0", "Person 1", "Person 2"},
        own.user_id: {"Person 1", "Person 2"},
    }
