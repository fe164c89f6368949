"""The same form sent several times at once, as by impatient fingers: it counts once, and everybody gets an answer."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from approval_svc.app import create_app as create_approval_app
from approval_svc.settings import Settings as ApprovalSettings
from request_svc.app import create_app as create_request_app
from request_svc.settings import Settings as RequestSettings
from request_svc.use_cases.import_organizations import import_organizations
from shared.catalog import Catalog, the_catalog
from shared.clock import utc_now
from shared.contracts import Person
from shared.db import Database
from shared.messaging.tables import outbox
from shared.settings import load
from shared.web.person import SignedIn
from tests.approval_svc.browser import World
from tests.approval_svc.factories import general_user
from tests.pages import sign_in, token_of
from tests.request_svc import factories
from tests.request_svc.factories import ADA, ALABAMA, CLIA_STATE

TIMES = 6


def at_once(app: Flask, who: Callable[[FlaskClient], None], page: str, path: str, form: dict[str, Any]) -> Counter[int]:
    """Sends the form from as many browsers of one person at the same moment; returns the answers' statuses."""
    ready = Barrier(TIMES)

    def send(_: int) -> int:
        browser = app.test_client()
        who(browser)
        whole = {"csrf_token": token_of(browser.get(page)), **form}
        ready.wait(20)
        return browser.post(path, data=whole).status_code

    with ThreadPoolExecutor(TIMES) as people:
        return Counter(people.map(send, range(TIMES)))


def written(database: Database, kind: str) -> int:
    """Returns how many messages of a kind were written, each once however many hear it."""
    with database.reading() as session:
        return len(set(session.scalars(select(outbox.c.message_id).where(outbox.c.type == kind))))


def count(database: Database, table: str) -> int:
    with database.reading() as session:
        return int(session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def browser_of(person: Person) -> Callable[[FlaskClient], None]:
    known = SignedIn(
        user_id=person.user_id, name=person.name, email=person.email, phone=None, zone=None, is_operations=False
    )
    return lambda client: sign_in(client, known)


@pytest.fixture
def catalog(request_database: Database) -> Catalog:
    with request_database.transaction() as session:
        import_organizations(session, the_catalog().organizations, factories.NOW)
    return the_catalog()


@pytest.fixture
def requests_app(request_database: Database, settings_environ: dict[str, str], catalog: Catalog) -> Flask:
    assert catalog
    return create_request_app(load(RequestSettings, settings_environ), request_database)


def test_submitting_makes_one_request(requests_app: Flask, request_database: Database, catalog: Catalog) -> None:
    path = f"/request-role/{factories.begin(request_database, catalog, ADA, CLIA_STATE)}/organizations"
    answers = at_once(requests_app, browser_of(ADA), path, path, {"state": "AL", "button": "submit"})

    assert answers == {303: TIMES}
    assert (count(request_database, "requests"), written(request_database, "RoleRequested")) == (1, 1)


def test_two_drafts_for_the_same_role_make_one_request(
    requests_app: Flask, request_database: Database, catalog: Catalog
) -> None:
    first, second = (factories.begin(request_database, catalog, ADA, CLIA_STATE) for _ in range(2))
    drafts = iter([first, second] * TIMES)

    def send(_: int) -> int:
        browser, path = requests_app.test_client(), f"/request-role/{next(drafts)}/organizations"
        browser_of(ADA)(browser)
        page = browser.get("/request-role")
        return browser.post(path, data={"csrf_token": token_of(page), "state": "AL"}).status_code

    with ThreadPoolExecutor(TIMES) as people:
        answers = set(people.map(send, range(TIMES)))
    assert answers <= {303, 422}
    assert (count(request_database, "requests"), written(request_database, "RoleRequested")) == (1, 1)


def test_withdrawing_is_asked_for_once(requests_app: Flask, request_database: Database, catalog: Catalog) -> None:
    path = f"/my-profile/requests/{factories.request_role(request_database, catalog, answers=ALABAMA)}/withdraw"

    assert at_once(requests_app, browser_of(ADA), path, path, {}) == {303: TIMES}
    assert written(request_database, "RequestWithdrawn") == 1


def test_the_last_disciplines_stand(requests_app: Flask, request_database: Database, catalog: Catalog) -> None:
    path = f"/my-profile/roles/{factories.grant_role(request_database, catalog)}/disciplines"
    ticked = [each.id for each in catalog.disciplines[:3]]

    assert at_once(requests_app, browser_of(ADA), path, path, {"disciplines": ticked}) == {303: TIMES}
    with request_database.reading() as session:
        assert [len(each) for each in session.scalars(text("SELECT disciplines FROM grants"))] == [3]


@pytest.fixture
def world(approval_database: Database, settings_environ: dict[str, str]) -> World:
    settings = load(ApprovalSettings, settings_environ)
    app = create_approval_app(settings, approval_database)
    return World(approval_database, settings, app.test_client(), utc_now())


@pytest.mark.parametrize("decision", ["approved", "rejected"])
def test_deciding_counts_once(world: World, decision: str) -> None:
    loretta = world.official("state", "AL", "loretta")
    approval = world.routed(general_user())
    link = world.link(approval.id, loretta.id)
    form = {"decision": decision} | ({"reason": "not-needed"} if decision == "rejected" else {})

    answers = at_once(world.browser.application, lambda _: None, link, f"{link}/confirm", form)

    assert answers == {303: TIMES}
    assert world.state(approval) == decision
    assert (written(world.database, "ApprovalDecided"), written(world.database, "RequestDecided")) == (1, 1)


def test_an_expired_link_has_one_new_link_mailed(world: World) -> None:
    loretta = world.official("state", "AL", "loretta")
    approval = world.routed(general_user())
    with world.database.transaction() as session:
        session.execute(text("UPDATE askings SET links_expire_at = now() - interval '1 day'"))
        session.execute(text("DELETE FROM outbox"))
    link = world.link(approval.id, loretta.id, days=-1)

    assert at_once(world.browser.application, lambda _: None, link, f"{link}/new-link", {}) == {303: TIMES}
    assert written(world.database, "ApprovalRequested") == 1
