"""Hostile text in names and comments, as a mail server receives it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from notify_svc.emails import EMAILS
from notify_svc.mail.postman import Postman
from notify_svc.mail.render import Renderer
from notify_svc.settings import Settings
from shared.contracts import Decision, Organization
from shared.db import Database
from shared.settings import load
from tests.attack.bad_input.hostile import BREAKOUT, FORMATS, HEADERS, SCRIPT, TEMPLATE
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import MARIA, approval_requested, official, outcome, request_decided, role_requested
from tests.notify_svc.mailbox import Received, Server

NOT_TYPED = re.compile(r"_id$|_at$|^zone$|^decision$|^locked_until$|^decide_by$|^clock_goes_on$|^kind$")
"""Keys of a context whose values no person wrote."""
SMUGGLED = "Thank you\r\n.\r\nMAIL FROM:<mallory@evil.example>\r\nRCPT TO:<victim@x.example>\r\nDATA\r\n\n.\n\r.\r"


@pytest.fixture
def world(notify_database: Database, settings_environ: Mapping[str, str]) -> Iterator[World]:
    """A postman with a real mail server."""
    server = Server()
    server.start()
    environ = {**settings_environ, "SMTP_URL": f"smtp://127.0.0.1:{server.port}", "MAIL_TIMEOUT_SECONDS": "5"}
    postman = Postman(load(Settings, environ), notify_database, clock=lambda: made.now)
    made = World(notify_database, postman, server.mailbox)
    yield made
    postman.close()
    server.stop()


def hostile(value: Any, text: str, key: str = "") -> Any:
    """Returns a context in which every text that somebody could have typed is this one."""
    if isinstance(value, dict):
        return {name: hostile(each, text, name) for name, each in value.items()}
    if isinstance(value, list):
        return [hostile(each, text, key) for each in value]
    return text if isinstance(value, str) and not NOT_TYPED.search(key) else value


@pytest.mark.parametrize("name", EMAILS)
@pytest.mark.parametrize("text", [BREAKOUT, TEMPLATE, FORMATS, HEADERS], ids=["html", "template", "formats", "headers"])
def test_no_email_takes_text_for_markup_or_code(settings_environ: dict[str, str], name: str, text: str) -> None:
    rendered = Renderer(load(Settings, settings_environ)).render(name, hostile(EMAILS[name].sample, text))

    assert len(rendered.subject.splitlines()) == 1
    assert "<script" not in rendered.html
    assert "<img" not in rendered.html
    for part in (rendered.subject, rendered.text, rendered.html):
        assert "5332114" not in part
    if text in (BREAKOUT, TEMPLATE, FORMATS):
        assert text in rendered.text


def headers(received: Received) -> list[str]:
    """Returns the names of the headers, as the bytes have them."""
    head = received.raw.partition(b"\r\n\r\n")[0].decode("ascii")
    return re.findall(r"^([^\s:]+):", head, re.MULTILINE)


@pytest.mark.parametrize(
    "evil", [HEADERS, f"x\n{HEADERS}", "x\rBcc: m@evil.example", "x\x0b\x0c\x85Bcc: m\u2028Bcc: m"]
)
def test_no_name_adds_a_header_or_a_recipient(world: World, evil: str) -> None:
    world.hears_and_works(role_requested())
    world.hears_and_works(approval_requested(official("Ann Brown")))
    ordinary = {name for mail in world.mailbox.mails for name in headers(mail)}
    world.mailbox.mails.clear()
    maria, alabama = replace(MARIA, name=evil), Organization(kind="state", id="AL", name=evil)
    john = replace(official("John Smith"), name=evil)
    world.hears_and_works(role_requested(maria, role_name=evil, organizations=(alabama,)))
    world.hears_and_works(approval_requested(john, requester=maria, role_name=evil, organization=alabama))

    assert {each for mail in world.mailbox.mails for each in headers(mail)} == ordinary
    assert [mail.recipients for mail in world.mailbox.mails] == [[MARIA.email], [john.email]]
    for mail in world.mailbox.mails:
        assert len(mail.mail["To"].addresses) == 1
        assert "\n" not in mail.mail["Subject"]


def test_a_comment_cannot_end_the_mail_and_begin_another(world: World) -> None:
    """SMTP smuggling: what stands after a dot alone on its line is text."""
    refusal = outcome(Decision.REJECTED, reason="Not needed", comment=SMUGGLED)
    world.hears(role_requested())
    world.hears_and_works(request_decided(refusal))

    told = [mail for mail in world.mailbox.mails if "Rejected" in mail.mail["Subject"]]
    assert [mail.recipients for mail in told] == [[MARIA.email]]
    assert "victim@x.example" not in str([mail.recipients for mail in world.mailbox.mails])
    assert "MAIL FROM:<mallory@evil.example>" in told[0].part("plain")
    # Line ends that are not CRLF are what servers disagree about.
    assert not re.search(rb"[^\r]\n|\r[^\n]", told[0].raw)


def test_a_comment_in_html_is_text_in_both_parts(world: World) -> None:
    refusal = outcome(Decision.REJECTED, reason="Not needed", comment=f"{SCRIPT}\nsecond line")
    world.hears_and_works(request_decided(refusal))

    (mail,) = world.mailbox.mails
    assert SCRIPT in mail.part("plain")
    assert SCRIPT not in mail.part("html")
    assert "&lt;script&gt;" in mail.part("html")


@pytest.mark.parametrize(
    "address",
    ["a@x.example\r\nRCPT TO:<b@x.example>", "a@x.example,b@x.example", "<a@x.example>", "\u202ea@x", '"a b"@x'],
)
def test_nothing_is_sent_to_what_is_no_address(world: World, address: str) -> None:
    world.hears_and_works(role_requested(replace(MARIA, email=address)))
    assert world.mailbox.mails == []
