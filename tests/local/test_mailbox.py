"""The mailbox: what is handed to it by SMTP is on its page, and still there after a restart."""

import json
import re
import smtplib
import urllib.request
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from deploy.local.layout import ROOT
from deploy.local.mailbox.smtp import smtp_server
from deploy.local.mailbox.store import MailStore
from deploy.local.mailbox.web import create_app
from deploy.local.ports import HOST, free_numbers

ASSETS = ROOT / "node_modules" / "@uswds" / "uswds" / "dist"

Send = Callable[[EmailMessage], None]
Get = Callable[[str], Any]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def store(directory: Path) -> MailStore:
    return MailStore(directory)


@pytest.fixture
def send(store: MailStore) -> Iterator[Send]:
    """Hands a mail to the mailbox over SMTP."""
    port = free_numbers(1)[0]
    server = smtp_server(store, HOST, port)
    server.start()

    def over_smtp(message: EmailMessage) -> None:
        with smtplib.SMTP(HOST, port) as client:
            client.send_message(message)

    yield over_smtp
    server.stop()


@pytest.fixture
def url(store: MailStore) -> Iterator[str]:
    server = make_server(HOST, 0, create_app(store, ASSETS), threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://{HOST}:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def api(url: str) -> Get:
    def get(query: str = "") -> Any:
        with urllib.request.urlopen(f"{url}/api/mails{query}") as response:
            return json.load(response)

    return get


def page(url: str) -> tuple[str, dict[str, str]]:
    with urllib.request.urlopen(url) as response:
        return response.read().decode(), dict(response.headers)


def decision_wanted(to: str = "loretta.simmons@alabama.example", subject: str = "Decision wanted") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "do-not-reply@iqies.example", to, subject
    message["Message-ID"] = "<0192-1@iqies.example>"
    message.set_content("Please decide:\n.\n.. http://127.0.0.1:8002/decide/abc?x=1&y=2\nÅsa\n")
    message.add_alternative("<html><head></head><body><a href='http://x.example'>Decide</a></body></html>", "html")
    return message


def test_a_mail_sent_by_smtp_is_in_the_api_word_for_word(send: Send, api: Get) -> None:
    send(decision_wanted())
    (mail,) = api("")
    assert mail["to"] == ["loretta.simmons@alabama.example"]
    assert mail["from"] == "do-not-reply@iqies.example"
    assert mail["subject"] == "Decision wanted"
    assert mail["message_id"] == "<0192-1@iqies.example>"
    assert mail["text"].splitlines()[1:] == [".", ".. http://127.0.0.1:8002/decide/abc?x=1&y=2", "Åsa"]
    assert "Decide</a>" in mail["html"]
    assert mail["headers"]["MIME-Version"] == "1.0"


def test_the_newest_mail_is_first(send: Send, api: Get) -> None:
    for subject in ("first", "second", "third"):
        send(decision_wanted(subject=subject))
    assert [mail["subject"] for mail in api("")] == ["third", "second", "first"]


def test_mails_are_found_by_whole_recipient_and_by_time(send: Send, api: Get) -> None:
    send(decision_wanted("ann@state.example"))
    send(decision_wanted("joann@state.example"))
    assert [mail["to"] for mail in api("?to=Ann@State.example")] == [["ann@state.example"]]
    later = api("?to=joann@state.example")[0]["received_at"]
    found = api(f"?since={later.replace('+', '%2B')}")
    assert [mail["to"] for mail in found] == [["joann@state.example"]]


def test_a_blind_copy_is_found_by_the_envelope(send: Send, api: Get) -> None:
    message = decision_wanted("ann@state.example")
    message["Bcc"] = "audit@state.example"
    send(message)
    assert len(api("?to=audit@state.example")) == 1
    assert "Bcc" not in api("")[0]["headers"]


def test_a_restart_keeps_every_mail_in_its_order(send: Send, store: MailStore, directory: Path) -> None:
    send(decision_wanted(subject="first"))
    send(decision_wanted(subject="second"))
    assert MailStore(directory).mails() == store.mails()
    assert [mail.subject for mail in MailStore(directory).mails()] == ["second", "first"]


def test_a_cleared_mailbox_stays_empty(send: Send, api: Get, url: str, directory: Path) -> None:
    send(decision_wanted())
    urllib.request.urlopen(urllib.request.Request(f"{url}/api/mails", method="DELETE")).close()
    assert api("") == []
    assert MailStore(directory).mails() == []


def test_a_mail_that_cannot_be_stored_is_refused_for_now(send: Send, directory: Path) -> None:
    directory.rmdir()
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(decision_wanted())
    assert refused.value.smtp_code == 451


def test_a_time_that_is_none_is_explained(url: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{url}/api/mails?since=yesterday")
    assert refused.value.code == 400
    assert "since must be a time" in refused.value.read().decode()


def test_links_in_the_text_can_be_clicked(send: Send, store: MailStore, url: str) -> None:
    send(decision_wanted())
    shown, _ = page(f"{url}/mails/{store.mails()[0].id}")
    assert 'href="http://127.0.0.1:8002/decide/abc?x=1&amp;y=2"' in shown


def test_the_page_searches_by_a_part_of_an_address_and_shows_no_markup_of_strangers(send: Send, url: str) -> None:
    send(decision_wanted("ann@state.example", subject="<script>alert(1)</script>"))
    send(decision_wanted("bob@other.example", subject="For Bob"))
    shown, headers = page(f"{url}/?to=STATE")
    assert "&lt;script&gt;" in shown
    assert "<script" not in shown
    assert "For Bob" not in shown
    assert "'unsafe-inline'" not in headers["Content-Security-Policy"]


def test_the_page_finds_its_style_sheets(url: str) -> None:
    shown, _ = page(url)
    sheets = re.findall(r'rel="stylesheet" href="([^"]+)"', shown)
    assert len(sheets) == 2
    for sheet in sheets:
        _, headers = page(url + sheet)
        assert headers["Content-Type"].startswith("text/css")


def test_html_of_a_mail_may_run_nothing(send: Send, store: MailStore, url: str) -> None:
    send(decision_wanted())
    shown, headers = page(f"{url}/mails/{store.mails()[0].id}/html")
    assert '<base target="_blank">' in shown
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy


def test_another_name_for_this_machine_reaches_nothing(url: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(f"{url}/api/mails", headers={"Host": "evil.example"}))
    assert refused.value.code == 400
