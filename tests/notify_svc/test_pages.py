"""The operations pages: the ledger, one notice, and the preview of the emails."""

from dataclasses import replace
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from notify_svc.app import create_app
from notify_svc.domain.bounces import Kind, Source, report
from notify_svc.emails import EMAILS
from notify_svc.queries import PAGE
from notify_svc.settings import Settings
from notify_svc.use_cases.record_bounce import record_bounce
from shared.db import Database
from shared.web.person import SignedIn
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import MARIA, approval_requested, official, role_requested
from tests.notify_svc.mailbox import Mood
from tests.pages import sign_in, soup

OPAL = SignedIn(
    user_id="OPAL",
    name="Opal Ortiz",
    email="opal@example.gov",
    phone=None,
    zone="America/Chicago",
    is_operations=True,
)


@pytest.fixture
def stranger(notify_database: Database, settings: Settings) -> FlaskClient:
    return create_app(settings, notify_database).test_client()


@pytest.fixture
def client(stranger: FlaskClient) -> FlaskClient:
    sign_in(stranger, OPAL)
    return stranger


def page(client: FlaskClient, url: str, status: int = 200) -> BeautifulSoup:
    response = client.get(url)
    assert response.status_code == status
    return soup(response)


def rows(page: BeautifulSoup) -> list[str]:
    return [row.get_text(" ", strip=True) for row in page.select("tbody tr")]


@pytest.mark.parametrize("url", ["/", "/templates", "/templates/approved", "/templates/approved/html"])
def test_only_operations_may_look(stranger: FlaskClient, url: str) -> None:
    assert stranger.get(url).status_code == 302
    sign_in(stranger, replace(OPAL, is_operations=False))
    assert stranger.get(url).status_code == 403


def test_the_ledger_shows_what_became_of_each_notice(world: World, client: FlaskClient) -> None:
    world.hears_and_works(role_requested())
    world.mailbox.mood = Mood.NO_SUCH_MAILBOX
    world.hears_and_works(approval_requested(official("John Smith"), official("Ann Brown", email="")))

    skipped, failed, sent = rows(page(client, "/"))
    assert "Skipped No email address is known." in skipped
    assert "Decision wanted JOHN j***@alabama.example.gov Failed 550" in failed
    assert "11/20/2026 2:05 PM CST Request received MLOPEZ01 m***@example.gov Sent" in sent


def test_the_ledger_can_be_narrowed(world: World, client: FlaskClient) -> None:
    request = role_requested()
    world.hears_and_works(request)
    world.hears(approval_requested(official("John Smith")))

    assert len(rows(page(client, "/?state=sent"))) == 1
    assert len(rows(page(client, "/?state=queued&recipient=JOHN"))) == 1
    assert len(rows(page(client, f"/?request={request.request_id}"))) == 1
    assert "There are no such notices." in page(client, f"/?recipient={MARIA.user_id}&state=failed").get_text()


def test_a_filter_that_makes_no_sense_is_said_at_its_field(client: FlaskClient) -> None:
    soup = page(client, "/?request=12&state=lost", 422)

    errors = {error["id"]: error.get_text() for error in soup.select(".usa-error-message")}
    assert set(errors) == {"request-error", "state-error"}
    assert soup.select_one("#request")["value"] == "12"  # type: ignore[index]  # a missing field fails the test


def test_the_ledger_has_pages(world: World, client: FlaskClient) -> None:
    for _ in range(PAGE + 1):
        world.hears(role_requested())

    first = page(client, "/?state=queued")
    older = next(link for link in first.select("nav a") if link.get_text() == "Older notices")
    assert len(rows(first)) == PAGE
    assert len(rows(page(client, f"/{older['href']}"))) == 1


def test_a_notice_shows_every_try_with_the_servers_answer(world: World, client: FlaskClient) -> None:
    world.mailbox.mood = Mood.BUSY
    world.hears_and_works(role_requested())
    world.mailbox.mood = Mood.TAKES
    world.passes(world.notice().due_at - world.now)  # type: ignore[operator]  # it is due
    world.works()

    soup = page(client, f"/notices/{world.notice().id}")
    assert [row.split(" CST ")[-1] for row in rows(soup)] == [
        "Put off 451 4.3.0 Try again later",
        "Taken 250 2.0.0 Queued as 2",
    ]
    assert MARIA.email in soup.get_text()


def test_a_notice_shows_which_try_may_be_a_repeat_and_what_came_back(world: World, client: FlaskClient) -> None:
    world.mailbox.mood = Mood.HANGS_UP
    world.hears_and_works(role_requested())
    world.mailbox.mood = Mood.TAKES
    world.passes(timedelta(minutes=1))
    world.works()
    came = report(
        Source.SENDGRID, "1", str(world.notice().mail_id), Kind.REFUSED, "550 5.1.1 <maria@x.example> unknown"
    )
    with world.database.transaction() as session:
        record_bounce(session, came, world.now)

    first, second, back = rows(page(client, f"/notices/{world.notice().id}"))
    assert ("May be a repeat" in first, "May be a repeat" in second) == (False, True)
    assert "Unknown" in first
    assert back.endswith("SendGrid Refused 550 5.1.1 <m***@x.example> unknown")
    assert len(rows(page(client, "/?state=bounced"))) == 1


def test_a_notice_that_nobody_stored_is_not_found(client: FlaskClient) -> None:
    page(client, "/notices/01936f2e-8c2a-7000-8000-2b1d5e6f7a8b", 404)


def test_the_preview_lists_every_email(client: FlaskClient) -> None:
    soup = page(client, "/templates")

    assert {heading["id"] for heading in soup.select("h2[id]")} == set(EMAILS)


@pytest.mark.parametrize("name", EMAILS)
def test_each_email_has_a_preview_that_can_do_nothing(client: FlaskClient, name: str) -> None:
    frame = page(client, f"/templates/{name}").select_one("iframe")
    assert frame is not None
    assert frame.get_attribute_list("sandbox") == []

    shown = client.get(f"/templates/{name}/html")
    policy = shown.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert policy.startswith("default-src 'none'; style-src 'unsafe-hashes' 'sha256-")
    assert policy.endswith("; frame-ancestors 'self'; sandbox")
    styles = {tag["style"] for tag in BeautifulSoup(shown.text, "html.parser").select("[style]")}
    assert policy.count("'sha256-") == len(styles)
    assert shown.headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("url", ["/templates/no_such", "/templates/no_such/html"])
def test_there_is_no_preview_of_an_unknown_email(client: FlaskClient, url: str) -> None:
    page(client, url, 404)
