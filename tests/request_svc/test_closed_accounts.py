"""Who left for good is still signed in somewhere: nothing new is asked for in their name."""

import pytest

from request_svc.domain.refusals import ClosedAccountError
from request_svc.use_cases.close_account import close_account
from shared.catalog import Catalog
from shared.contracts import AccountClosed
from shared.db import Database
from tests.pages import token_of
from tests.request_svc.conftest import Browser
from tests.request_svc.factories import ADA, ALABAMA, BEN, CLIA_STATE, LATER, begin, messages, request_role, submit


def close(database: Database) -> None:
    with database.transaction() as session:
        close_account(session, AccountClosed(account=ADA, closed_at=LATER), LATER)


def test_a_closed_account_submits_no_request(database: Database, catalog: Catalog) -> None:
    draft_id = begin(database, catalog, ADA, CLIA_STATE)
    close(database)
    with pytest.raises(ClosedAccountError):
        submit(database, catalog, draft_id, ADA, ALABAMA)
    assert messages(database, "RoleRequested") == []


def test_what_was_submitted_before_stays_the_same_request(database: Database, catalog: Catalog) -> None:
    draft_id = begin(database, catalog, ADA, CLIA_STATE)
    request_id = submit(database, catalog, draft_id, ADA, ALABAMA)
    close(database)
    assert submit(database, catalog, draft_id, ADA, ALABAMA) == request_id


def test_a_page_that_is_still_open_leads_to_sign_in(ada: Browser, database: Database) -> None:
    path = ada.reach_step_3(*CLIA_STATE)
    token = token_of(ada.open(path))
    close(database)
    answer = ada.client.post(path, data={"csrf_token": token, "button": "submit", "state": "AL"})
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in?")
    assert messages(database, "RoleRequested") == []


def test_others_go_on(database: Database, catalog: Catalog) -> None:
    close(database)
    request_role(database, catalog, BEN)
    assert len(messages(database, "RoleRequested")) == 1
