"""What operations do with dead letters in a browser; the pages are the same in each service that has them."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from approval_svc.app import create_app
from approval_svc.settings import Settings
from shared.clock import utc_now
from shared.contracts import RequestWithdrawn
from shared.db import Database
from shared.ids import new_id
from shared.messaging import letters
from shared.messaging.outbox import publish
from shared.messaging.states import State
from shared.messaging.tables import inbox
from shared.settings import load
from shared.web.person import SignedIn
from tests.audit import entries
from tests.pages import heading, sign_in, soup, token_of, words
from tests.shared.messages import NOW, Recorder, enveloped, take, withdrawn

OLU = SignedIn(
    user_id="olu.adeyemi", name="Olu Adeyemi", email="olu@x.example", phone=None, zone=None, is_operations=True
)
LIST = "/operations/dead-letters"


@pytest.fixture
def database(approval_database: Database) -> Database:
    return approval_database


@pytest.fixture
def browser(settings_environ: dict[str, str], database: Database) -> FlaskClient:
    app = create_app(load(Settings, settings_environ), database)
    browser = app.test_client()
    sign_in(browser, OLU)
    return browser


def bury(database: Database, **changed: Any) -> UUID:
    envelope = enveloped() | changed
    envelope["data"] |= {"withdrawn_at": "last Tuesday"}
    take(database, Recorder(), [envelope])
    return UUID(envelope["message_id"])


def state(database: Database, message_id: UUID) -> State:
    with database.reading() as session:
        letter = letters.find(session, message_id)
    assert letter is not None
    return letter.state


def post(browser: FlaskClient, path: str, page: TestResponse, **fields: Any) -> TestResponse:
    return browser.post(path, data={"csrf_token": token_of(page), **fields})


def page_of(browser: FlaskClient, message_id: UUID) -> TestResponse:
    return browser.get(f"{LIST}/{message_id}")


def confirm(browser: FlaskClient, action: str, *ids: UUID) -> TestResponse:
    return browser.get(f"{LIST}/confirm", query_string={"action": action, "letter": [str(each) for each in ids]})


def typed_data(page: TestResponse) -> Any:
    area = soup(page).select_one("textarea[name=data]")
    assert area is not None
    return json.loads(area.get_text())


def test_only_operations_see_dead_letters(browser: FlaskClient, database: Database) -> None:
    message_id = bury(database)
    sign_in(browser, replace(OLU, is_operations=False))
    for path in (LIST, f"{LIST}/{message_id}", f"{LIST}/confirm"):
        assert browser.get(path).status_code == 403
    assert "Dead letters" not in words(browser.get("/my-approvals"))


def test_nothing_dead_is_a_calm_page(browser: FlaskClient) -> None:
    page = browser.get(LIST)
    assert "There are none." in words(page)
    assert "Nothing: every message is where it should be." in words(page)
    assert "Dead letters (" not in page.text


def test_the_navigation_counts_dead_letters(browser: FlaskClient, database: Database) -> None:
    bury(database)
    bury(database)
    assert "Dead letters (2)" in words(browser.get("/my-approvals"))


def test_letters_are_replayed_after_a_confirmation(browser: FlaskClient, database: Database) -> None:
    ids = [bury(database), bury(database)]
    page = confirm(browser, "replay", *ids)
    assert heading(page) == "Replay 2 messages?"
    assert [state(database, each) for each in ids] == [State.DEAD, State.DEAD]

    answer = post(browser, f"{LIST}/replay", page, letter=[str(each) for each in ids])
    assert (answer.status_code, answer.location) == (303, LIST)
    assert [state(database, each) for each in ids] == [State.FAILED, State.FAILED]
    after = words(browser.get(LIST))
    assert "2 messages were replayed." in after
    assert "Failed, tried again by itself: 2" in after
    assert {entry.who for entry in entries(database, "dead_letter.replayed")} == {"user:olu.adeyemi"}


def test_a_second_replay_from_the_same_page_says_that_it_did_nothing(browser: FlaskClient, database: Database) -> None:
    message_id = bury(database)
    page = confirm(browser, "replay", message_id)
    for _ in range(2):
        answer = post(browser, f"{LIST}/replay", page, letter=str(message_id))
    assert "It was replayed already" in words(browser.get(answer.location))
    assert len(entries(database, "dead_letter.replayed")) == 1


def test_closing_wants_a_reason_and_keeps_what_was_chosen(browser: FlaskClient, database: Database) -> None:
    message_id = bury(database)
    page = confirm(browser, "close", message_id)
    refused = post(browser, f"{LIST}/close", page, letter=str(message_id), reason=" ")
    assert refused.status_code == 422
    assert "Say why the message may be given up." in words(refused)
    assert state(database, message_id) is State.DEAD

    answer = post(browser, f"{LIST}/close", refused, letter=str(message_id), reason="A test of the supplier")
    shown = words(browser.get(answer.location))
    assert state(database, message_id) is State.CLOSED
    assert "1 message was closed." in shown
    assert "Closed by olu.adeyemi: A test of the supplier" in shown


def test_choosing_nothing_is_said_at_the_list(browser: FlaskClient, database: Database) -> None:
    bury(database)
    page = confirm(browser, "replay")
    assert page.status_code == 422
    assert "Select one message at least" in words(page)


def test_a_repair_that_does_not_fit_is_refused_at_the_field_and_kept(browser: FlaskClient, database: Database) -> None:
    message_id = bury(database)
    page = page_of(browser, message_id)
    data = typed_data(page) | {"withdrawn_at": "next Friday", "mood": "sad"}
    refused = post(browser, f"{LIST}/{message_id}/repair", page, data=json.dumps(data))
    assert refused.status_code == 422
    message = soup(refused).select_one("#data-error")
    assert message is not None
    assert "withdrawn_at: Not a valid" in message.get_text()
    assert "mood: Unknown field." in message.get_text()
    assert typed_data(refused) == data
    assert soup(refused).select_one("#error-summary a[href='#data']")


def test_a_repaired_letter_says_so_and_waits_for_its_replay(browser: FlaskClient, database: Database) -> None:
    message_id = bury(database)
    page = page_of(browser, message_id)
    data = typed_data(page) | {"withdrawn_at": NOW.isoformat()}
    answer = post(browser, f"{LIST}/{message_id}/repair", page, data=json.dumps(data))
    assert answer.status_code == 303
    shown = browser.get(answer.location)
    assert "The message was repaired." in words(shown)
    assert "Repaired by olu.adeyemi" in words(shown)
    assert "last Tuesday" in words(shown)  # what stood there before
    assert typed_data(shown) == data
    assert state(database, message_id) is State.DEAD


def test_a_letter_shows_its_error_what_it_says_and_who_waits_behind_it(
    browser: FlaskClient, database: Database
) -> None:
    message_id, correlation_id = bury(database, correlation_id=str(correlation := new_id())), str(correlation)
    later = enveloped() | {"correlation_id": correlation_id, "after": [str(message_id)]}
    take(database, Recorder(), [later])
    page = page_of(browser, message_id)
    assert "Withdrawn at last Tuesday" in words(page)
    assert "InvalidMessageError" in words(page)
    assert "Traceback" in words(page)
    assert 'File "shared/messaging/inbox.py"' in words(page)
    assert "site-packages" not in words(page)  # where it is installed is nobody's business
    assert f'href="{LIST}/{later["message_id"]}"' in page.text
    assert "1 waiting behind it" in words(confirm(browser, "close", message_id))


def test_of_a_long_error_the_list_and_the_facts_show_the_beginning(browser: FlaskClient, database: Database) -> None:
    message_id = bury(database)
    with database.transaction() as session:
        session.execute(update(inbox).values(error="x" * 900))
    for page in (browser.get(LIST), page_of(browser, message_id)):
        assert page.text.count("x" * 199) == 1
        assert f"{'x' * 199}…" in page.text


def test_html_in_a_letter_is_shown_as_text(browser: FlaskClient, database: Database) -> None:
    envelope = enveloped() | {"type": "<b>bold</b>", "data": {"<i>x</i>": "</textarea><script>alert(1)</script>"}}
    take(database, Recorder(), [envelope])
    for page in (browser.get(LIST), page_of(browser, UUID(envelope["message_id"]))):
        assert page.status_code == 200
        assert not soup(page).select("main b, main i, main script")


def test_what_is_no_message_can_be_repaired_into_one_but_not_replayed(browser: FlaskClient, database: Database) -> None:
    meant = enveloped()
    take(database, Recorder(), [{key: meant[key] for key in ("type", "data")}])
    listed = soup(browser.get(LIST)).select_one("th a")
    assert listed is not None
    page = browser.get(str(listed["href"]))
    assert heading(page) == "Not a message"
    assert "Replay" not in [each.get_text() for each in soup(page).select("button")]
    answer = post(browser, f"{listed['href']}/repair", page, data=json.dumps(meant))
    assert answer.location == f"{LIST}/{meant['message_id']}"


def test_the_list_is_filtered_and_a_bad_filter_is_told(browser: FlaskClient, database: Database) -> None:
    message_id = bury(database)
    take(database, Recorder(), ["nonsense"], utc_now() - timedelta(hours=3))

    def listed(**query: str) -> str:
        return words(browser.get(LIST, query_string=query))

    assert str(message_id) not in listed(hours="100000")
    assert str(message_id) in listed(type="RequestWithdrawn")
    assert "There are no such messages." in listed(kind="fault")
    for query in ({"kind": "gossip"}, {"correlation": "x"}, {"hours": "-1"}, {"before": "x"}, {"hours": "9" * 400}):
        assert browser.get(LIST, query_string=query).status_code == 422


def test_older_letters_are_one_page_on(browser: FlaskClient, database: Database) -> None:
    ids = [str(bury(database)) for _ in range(letters.PAGE + 1)]
    first = browser.get(LIST)
    link = next(each for each in soup(first).select("a") if each.get_text() == "Older messages")
    assert ids[0] not in first.text
    assert ids[0] in browser.get(LIST + str(link["href"])).text


def test_messages_that_wait_too_long_are_shown(browser: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        publish(session, withdrawn(), correlation_id=new_id(), now=utc_now() - timedelta(minutes=6))
        publish(session, withdrawn(), correlation_id=new_id(), now=utc_now())
    assert "Written, and not sent for five minutes: 1" in words(browser.get(LIST))
    assert RequestWithdrawn.type() in words(browser.get(LIST))


def test_a_letter_that_is_gone_is_not_found(browser: FlaskClient) -> None:
    assert page_of(browser, new_id()).status_code == 404
    answer = post(browser, f"{LIST}/replay", browser.get("/my-approvals"), letter=str(new_id()))
    assert "There is no message of this id" in words(browser.get(answer.location))
