"""Roles that end: by order, given back, with the account; what My Profile and the others are told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from request_svc import queries
from request_svc.domain.refusals import GrantMissingError
from request_svc.tables import Grant
from request_svc.use_cases.close_account import close_account
from request_svc.use_cases.end_ordered_role import end_ordered_role
from request_svc.use_cases.give_back import give_back
from request_svc.use_cases.record_decision import record_decision
from shared.catalog import Catalog
from shared.contracts import AccountClosed, EndedBecause, RoleEndOrdered
from shared.db import Database
from shared.ids import new_id
from shared.messaging.inbox import NotYetError
from tests.pages import words
from tests.request_svc.conftest import Browser, Visit
from tests.request_svc.factories import (
    ADA,
    BEN,
    LATER,
    SAGU,
    decided,
    grant_role,
    messages,
    request_role,
    whole,
)

END = datetime(2027, 6, 30, 4, 59, tzinfo=UTC)
LATEST = LATER + timedelta(hours=1)


def ordered(
    grant_id: UUID | None, because: EndedBecause = EndedBecause.REMOVED, approval_id: UUID | None = None
) -> RoleEndOrdered:
    return RoleEndOrdered(
        grant_id=grant_id,
        approval_id=approval_id,
        holder_user_id=ADA.user_id,
        because=because,
        ordered_by="Loretta Simmons",
        ordered_by_official=new_id(),
        on_behalf_of="Security Officials of Alabama",
        reason="Left the agency",
        ordered_at=LATER,
    )


def end(database: Database, order: RoleEndOrdered) -> None:
    with database.transaction() as session:
        end_ordered_role(session, order, LATEST)


def grant_of(database: Database, grant_id: UUID) -> Grant:
    with database.reading() as session:
        return session.get_one(Grant, grant_id)


def test_an_order_ends_the_role_and_says_why_by_whom_and_for_whom(database: Database, catalog: Catalog) -> None:
    grant_id = grant_role(database, catalog, role=SAGU)
    end(database, ordered(grant_id))

    grant = grant_of(database, grant_id)
    assert (grant.removed_at, grant.removed_because) == (LATEST, "Left the agency")
    assert (grant.ended_because, grant.ended_by) == (EndedBecause.REMOVED, "Loretta Simmons")
    (told,) = messages(database, "RoleRemoved")
    assert (told["because"], told["by_name"], told["reason"]) == ("removed", "Loretta Simmons", "Left the agency")
    assert told["on_behalf_of"] == "Security Officials of Alabama"


def test_an_order_names_the_role_by_the_approval_that_gave_it(database: Database, catalog: Catalog) -> None:
    grant_id = grant_role(database, catalog, role=SAGU)
    request = whole(database, grant_of(database, grant_id).request_id)
    end(database, ordered(None, EndedBecause.REVOKED, request.parts[0].approval_id))
    assert grant_of(database, grant_id).ended_because is EndedBecause.REVOKED


def test_when_mail_of_it_may_go_out_is_passed_on(database: Database, catalog: Catalog) -> None:
    order = ordered(grant_role(database, catalog, role=SAGU), EndedBecause.ENDED)
    end(database, replace(order, not_before=END))
    (told,) = messages(database, "RoleRemoved")
    assert told["not_before"] == END.isoformat()


def test_a_second_order_changes_nothing(database: Database, catalog: Catalog) -> None:
    grant_id = grant_role(database, catalog, role=SAGU)
    end(database, ordered(grant_id))
    end(database, ordered(grant_id, EndedBecause.INACTIVE))
    assert grant_of(database, grant_id).ended_because is EndedBecause.REMOVED
    assert len(messages(database, "RoleRemoved")) == 1


def test_an_order_that_overtakes_the_decision_waits_for_it(database: Database) -> None:
    with pytest.raises(NotYetError):
        end(database, ordered(None, EndedBecause.REVOKED, new_id()))


@pytest.mark.parametrize(
    ("because", "told"),
    [
        (EndedBecause.REVOKED, "Loretta Simmons revoked the approval for Alabama, and the role ended. Reason: Left"),
        (EndedBecause.REMOVED, "Loretta Simmons removed the role for Alabama. Reason: Left the agency"),
        (EndedBecause.ENDED, "The role for Alabama ended: it was given until then."),
        (EndedBecause.INACTIVE, "because you had not signed in for long"),
        (EndedBecause.REVIEW, "Loretta Simmons did not confirm the role for Alabama in the review of roles"),
    ],
)
def test_my_profile_tells_how_a_role_ended(
    ada: Browser, database: Database, catalog: Catalog, because: EndedBecause, told: str
) -> None:
    end(database, ordered(grant_role(database, catalog, role=SAGU), because))
    shown = words(ada.open("/my-profile"))
    assert told in shown
    assert f"Status {'Revoked' if because is EndedBecause.REVOKED else 'Approved'}" in shown


def test_a_role_that_is_given_for_a_time_says_until_when(ada: Browser, database: Database, catalog: Catalog) -> None:
    grant_role(database, catalog, role=SAGU, ends_at=END)
    (granted,) = messages(database, "RoleGranted")
    assert granted["ends_at"] == END.isoformat()
    assert "Ends 06/30/2027 12:59 AM EDT" in words(ada.open("/my-profile"))


def test_a_holder_gives_a_role_back_after_confirming(ada: Browser, database: Database, catalog: Catalog) -> None:
    grant_id = grant_role(database, catalog, role=SAGU)
    path = f"/my-profile/roles/{grant_id}/give-back"
    assert "Give this role back?" in words(ada.open(path))
    assert grant_of(database, grant_id).removed_at is None

    assert ada.send(path, {"reason": "I work elsewhere"}).status_code == 303
    assert "Role Given Back" in words(shown := ada.open("/my-profile"))
    assert "You gave the role for Alabama back. Reason: I work elsewhere" in words(shown)
    (told,) = messages(database, "RoleRemoved")
    assert (told["because"], told["by_name"], told["reason"]) == ("given back", ADA.name, "I work elsewhere")
    assert ada.send(path, {"reason": "Again"}, page="/my-profile").location == "/my-profile"
    assert "Role Given Back" in words(ada.open("/my-profile"))
    assert len(messages(database, "RoleRemoved")) == 1


def test_a_reason_for_giving_back_is_not_needed_but_not_endless(
    ada: Browser, database: Database, catalog: Catalog
) -> None:
    path = f"/my-profile/roles/{grant_role(database, catalog, role=SAGU)}/give-back"
    assert ada.send(path, {"reason": "x" * 1001}).status_code == 422
    assert ada.send(path).status_code == 303
    assert messages(database, "RoleRemoved")[0]["reason"] is None


def test_nobody_gives_somebody_elses_role_back(visit: Visit, database: Database, catalog: Catalog) -> None:
    grant_id = grant_role(database, catalog, role=SAGU)
    ben = visit(BEN)
    assert ben.client.get(f"/my-profile/roles/{grant_id}/give-back").status_code == 404
    with database.transaction() as session, pytest.raises(GrantMissingError):
        give_back(session, grant_id, BEN.user_id, None, LATEST)
    assert grant_of(database, grant_id).removed_at is None


def close(database: Database) -> None:
    with database.transaction() as session:
        close_account(session, AccountClosed(account=ADA, closed_at=LATER), LATEST)


def test_a_closed_account_has_no_roles_and_asks_for_none(database: Database, catalog: Catalog) -> None:
    grant_role(database, catalog, role=SAGU)
    bens = grant_role(database, catalog, BEN, role=SAGU)
    request_role(database, catalog)
    close(database)

    (told,) = messages(database, "RoleRemoved")
    assert (told["because"], told["holder"]["user_id"]) == ("account closed", ADA.user_id)
    assert grant_of(database, bens).removed_at is None
    assert len(messages(database, "RequestWithdrawn")) == 1


def test_closing_twice_is_closing_once(database: Database, catalog: Catalog) -> None:
    grant_role(database, catalog, role=SAGU)
    close(database)
    close(database)
    assert len(messages(database, "RoleRemoved")) == 1


def test_what_is_approved_after_the_account_was_closed_ends_at_once(database: Database, catalog: Catalog) -> None:
    request_id = request_role(database, catalog, role=SAGU)
    close(database)
    with database.transaction() as session:
        record_decision(session, decided(queries.request_of(session, request_id).parts[0]), LATEST)
    with database.reading() as session:
        (grant,) = session.scalars(select(Grant)).all()
    assert grant.ended_because is EndedBecause.ACCOUNT_CLOSED
    assert len(messages(database, "RoleGranted")) == len(messages(database, "RoleRemoved")) == 1
