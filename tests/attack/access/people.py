"""Every kind of person that may turn up at a page, and the browsers in which they do."""

from dataclasses import replace

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from identity_svc.tables import Account
from shared.clock import utc_now
from shared.contracts import Person
from shared.db import Database
from shared.ids import new_id
from shared.web.person import SignedIn
from tests.architecture.journeys import OPERATIONS
from tests.pages import sign_in
from tests.request_svc.factories import ADA, BEN

NOBODY = "nobody"
REQUESTER, STRANGER = "requester", "another requester"
OFFICIAL, ELSEWHERE, REMOVED = "official asked", "official elsewhere", "removed official"
OPERATOR = "operations"


def _signed_in(person: Person) -> SignedIn:
    return replace(OPERATIONS, user_id=person.user_id, name=person.name, email=person.email, is_operations=False)


def _official(user_id: str) -> SignedIn:
    return _signed_in(Person(user_id=user_id, name=user_id.title(), email=f"{user_id}@officials.example"))


SIGNED_IN: dict[str, SignedIn] = {
    REQUESTER: _signed_in(ADA),
    STRANGER: _signed_in(BEN),
    OFFICIAL: _official("loretta"),
    ELSEWHERE: _official("nanook"),
    REMOVED: _official("marcus"),
    OPERATOR: OPERATIONS,
}
KINDS = (NOBODY, *SIGNED_IN)


def browser_of(app: Flask, database: Database, kind: str) -> FlaskClient:
    """Returns a browser in which such a person is signed in at the app; identity_svc has sessions of its own."""
    browser = app.test_client()
    if kind == NOBODY:
        return browser
    if app.name == "identity_svc":
        _begin_at_provider(browser, database, SIGNED_IN[kind].user_id)
    else:
        sign_in(browser, SIGNED_IN[kind])
    return browser


def _begin_at_provider(browser: FlaskClient, database: Database, user_id: str) -> None:
    with database.reading() as reading:
        account_id = reading.scalars(select(Account.account_id).where(Account.user_id == user_id)).one()
    with browser.session_transaction() as session:
        session["account_id"], session["signed_in_at"] = str(account_id), utc_now().timestamp()
        session["session_id"] = str(new_id())
