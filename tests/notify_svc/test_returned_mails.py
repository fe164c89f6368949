"""Returned mails in a mailbox: a real Maildir, and a real IMAP server (pymap)."""

import imaplib
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from unittest.mock import Mock

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.ports import free_numbers
from notify_svc.bounces.dsn import MOST_BYTES, read_dsn
from notify_svc.bounces.mailbox import Folder, Imap, opened
from notify_svc.bounces.places import as_mailbox
from notify_svc.bounces.reader import read_mailbox
from notify_svc.cli import bounces as bounces_command
from notify_svc.domain.bounces import Kind
from notify_svc.domain.notices import State
from tests.notify_svc.bouncing import certificate, dsn, sns_key
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import approval_requested, official

NOBODYS = "<somebody-elses@example.org>"
NESTED = b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
VACATION = b"From: john@alabama.example.gov\r\nSubject: Out of office\r\nIn-Reply-To: <x@y>\r\n\r\nBack on Monday.\r\n"


@pytest.fixture
def mail_id(world: World) -> str:
    world.hears_and_works(approval_requested(official("John Smith")))
    return str(world.notice().mail_id)


class Box:
    """A mailbox with its URL; how mails get in and what lies where is told by those who made it."""

    def __init__(self, url: str, deliver: Callable[[bytes], object], listing: Callable[[str], int]) -> None:
        self.url = url
        self.deliver = deliver
        self.listing = listing

    def read(self, world: World) -> dict[str, int]:
        url = as_mailbox(self.url)
        assert url is not None
        with opened(url) as box:
            return dict(read_mailbox(world.database, box, lambda: world.now))


@pytest.fixture
def maildir(tmp_path: Path) -> Box:
    for part in ("new", "cur", "tmp"):
        (tmp_path / part).mkdir()
    names = iter(range(1000, 2000))

    def deliver(raw: bytes) -> None:
        (tmp_path / "new" / f"{next(names)}.M1P1.host").write_bytes(raw)

    def listing(folder: str) -> int:
        root = tmp_path if folder == "INBOX" else tmp_path / f".{folder}"
        return sum(len(list((root / part).iterdir())) for part in ("new", "cur"))

    return Box(f"maildir:{tmp_path}", deliver, listing)


@pytest.fixture
def imap() -> Iterator[Box]:
    (port,) = free_numbers(1)
    program = "import sys; from pymap.main import main; sys.exit(main())"
    options = ["--host", "127.0.0.1", "--port", str(port), "--no-tls", "dict"]
    server = subprocess.Popen([sys.executable, "-c", program, *options], stderr=subprocess.DEVNULL)
    yield Box(
        f"imap://demouser:demopass@127.0.0.1:{port}/INBOX",
        lambda raw: _with_imap(port, lambda client: client.append("INBOX", "", "", raw)),
        lambda folder: _with_imap(port, lambda client: int(client.select(folder)[1][0] or 0)),
    )
    server.terminate()
    server.wait()


def _with_imap(port: int, do: Callable[[imaplib.IMAP4], object]) -> int:
    """Does something in a session; waits for a server that is starting."""
    for _ in range(100):
        try:
            client = imaplib.IMAP4("127.0.0.1", port)
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            with client:
                client.login("demouser", "demopass")
                done = do(client)
                return done if isinstance(done, int) else 0
    raise TimeoutError("pymap does not start")


@pytest.fixture(params=["maildir", "imap"])
def box(request: pytest.FixtureRequest) -> Box:
    found: Box = request.getfixturevalue(request.param)
    return found


def test_a_returned_mail_ends_its_notice_and_is_filed_away(world: World, mail_id: str, box: Box) -> None:
    box.deliver(dsn(mail_id))
    assert box.read(world) == {"taken": 1}

    assert world.notice().state is State.BOUNCED
    assert [(kind, data.get("permanent")) for kind, data in world.told()][-1] == ("NoticeFailed", True)
    assert (box.listing("INBOX"), box.listing("Recorded"), box.listing("Others")) == (0, 1, 0)
    assert box.read(world) == {}


def test_what_is_no_report_about_a_mail_of_ours_is_kept_for_people(world: World, mail_id: str, box: Box) -> None:
    for raw in (VACATION, dsn(NOBODYS), b"Subject: nothing\r\n\r\n", dsn(mail_id)):
        box.deliver(raw)
    ends = box.read(world)

    assert (ends["no report"], ends["nobodys"], ends["taken"]) == (2, 1, 1)
    assert (box.listing("INBOX"), box.listing("Recorded"), box.listing("Others")) == (0, 1, 3)


def test_a_reader_that_stops_before_filing_changes_nothing_when_it_reads_again(
    world: World, mail_id: str, maildir: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    maildir.deliver(dsn(mail_id))
    url = as_mailbox(maildir.url)
    assert url is not None
    with opened(url) as box:
        monkeypatch.setattr(box, "file", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            read_mailbox(world.database, box, lambda: world.now)
    assert world.notice().state is State.BOUNCED

    assert maildir.read(world) == {"seen": 1}
    assert sum(kind == "NoticeFailed" for kind, _ in world.told()) == 1


def test_two_readers_at_once_do_no_harm(world: World, mail_id: str, maildir: Box) -> None:
    maildir.deliver(dsn(mail_id))
    url = as_mailbox(maildir.url)
    assert url is not None
    with opened(url) as one:
        waiting = list(one.unread())
        assert maildir.read(world) == {"taken": 1}
        one.file(waiting[0][0], Folder.RECORDED)
    assert maildir.listing("Recorded") == 1


class Picky(imaplib.IMAP4):
    """A session on a server that lets an account have folders below INBOX only."""

    def create(self, mailbox: str) -> tuple[str, list[object]]:
        if not mailbox.startswith('"INBOX'):
            return "NO", [b"Invalid mailbox name."]
        return super().create(mailbox)


def test_on_a_server_that_wants_all_folders_below_inbox_they_are_there(world: World, mail_id: str, imap: Box) -> None:
    imap.deliver(dsn(mail_id))
    port = int(imap.url.rsplit(":", 1)[1].split("/")[0])
    with Picky("127.0.0.1", port) as client:
        client.login("demouser", "demopass")
        assert read_mailbox(world.database, Imap(client, "INBOX"), lambda: world.now) == {"taken": 1}
    assert (imap.listing("INBOX"), imap.listing("INBOX/Recorded")) == (0, 1)


def test_a_mail_that_cannot_be_filed_away_keeps_no_other_from_being_read(
    world: World, mail_id: str, maildir: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    for raw in (VACATION, dsn(mail_id)):
        maildir.deliver(raw)
    url = as_mailbox(maildir.url)
    assert url is not None
    with opened(url) as box:
        monkeypatch.setattr(box, "file", Mock(side_effect=imaplib.IMAP4.error("the server answered NO")))
        assert read_mailbox(world.database, box, lambda: world.now) == {"no report": 1, "taken": 1, "not filed": 2}
    assert maildir.read(world) == {"no report": 1, "seen": 1}


def test_a_server_whose_certificate_nobody_vouches_for_gets_no_password(tmp_path: Path) -> None:
    (tmp_path / "certificate.pem").write_bytes(certificate())
    key = sns_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as pool:
        served = pool.submit(_greet_over_tls, listening, context)
        url = as_mailbox(f"imaps://me:secret-word@localhost:{listening.getsockname()[1]}/INBOX")
        assert url is not None
        with pytest.raises(ssl.SSLCertVerificationError), opened(url):
            pass
        assert served.result(timeout=10) == b""


def _greet_over_tls(listening: socket.socket, context: ssl.SSLContext) -> bytes:
    """Serves one client that takes the certificate; returns what it says then."""
    connection, _ = listening.accept()
    try:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.sendall(b"* OK IMAP4rev1 ready\r\n")
            return secured.recv(100)
    except ssl.SSLError:
        return b""


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("imap://me:word@localhost/INBOX", 143),
        ("imaps://me:word@mail.example/INBOX", 993),
        ("imaps://me:word@mail.example:994/INBOX", 994),
    ],
)
def test_a_mailbox_without_a_port_is_looked_for_at_the_usual_one(url: str, port: int) -> None:
    found = as_mailbox(url)
    assert found is not None
    assert found.port == port


@pytest.mark.parametrize(
    ("action", "status", "said", "kind"),
    [
        ("failed", "5.1.1", None, Kind.REFUSED),
        ("Failed", "5.0.0", "550 no such user", Kind.REFUSED),
        ("failed", "4.4.7", "delivery time expired", Kind.GIVEN_UP),
        ("failed", "", "554 no status is known", Kind.REFUSED),
        ("failed", "5.2.2", "552 mailbox full", Kind.GIVEN_UP),
        ("failed", "5.4.7", "delivery time expired", Kind.GIVEN_UP),
        ("failed", "", "552 5.2.2 over quota", Kind.GIVEN_UP),
        ("failed", "5.2.22", "552 what is this", Kind.REFUSED),
        ("delayed", "4.4.1", "connection timed out", Kind.DELAYED),
        ("relayed", "2.0.0", "250 passed on", Kind.NOTHING),
        ("delivered", "2.1.5", "250 fine", Kind.NOTHING),
    ],
)
def test_a_report_says_what_became_of_the_mail(action: str, status: str, said: str | None, kind: Kind) -> None:
    found = read_dsn(dsn("<ours@x>", action=action, status=status, said=said))
    assert found is not None
    assert (found.kind, found.mail_id) == (kind, "<ours@x>")
    assert "john@" not in found.answer


def test_a_report_that_returns_the_whole_mail_names_it(world: World) -> None:
    whole = dsn("<ours@x>").replace(b"text/rfc822-headers", b"message/rfc822")
    found = read_dsn(whole)
    assert found is not None
    assert found.mail_id == "<ours@x>"


def test_a_mail_of_any_size_is_read_as_far_as_the_report() -> None:
    found = read_dsn(dsn("<ours@x>") + b"x" * (3 * MOST_BYTES))
    assert found is not None
    assert found.mail_id == "<ours@x>"


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/report; boundary=b\r\n\r\n" + NESTED * 3000,
        dsn("<ours@x>").replace(b"us-ascii", b"no-such-charset"),
        dsn("<ours@x>").replace(b"Status: 5.1.1", b"Status: =?no-such?B?////?="),
        dsn("<ours@x>").replace(b"Action: failed", b"Action:"),
        dsn("<ours@x>").replace(b"message/delivery-status", b"text/plain"),
        dsn("<ours@x>")[:500],
        b"\x00" * 1000,
    ],
)
def test_a_hostile_mail_is_at_worst_no_report(raw: bytes) -> None:
    found = read_dsn(raw)
    assert found is None or found.mail_id in ("<ours@x>", "")


@given(st.binary(max_size=300), st.integers(0, 1100))
def test_no_damage_to_a_report_breaks_the_reader(noise: bytes, at: int) -> None:
    whole = dsn("<ours@x>")
    read_dsn(whole[:at] + noise + whole[at + len(noise) :])


def test_a_forged_report_needs_the_message_id_which_the_notices_id_does_not_tell(
    world: World, mail_id: str, maildir: Box
) -> None:
    own_part, domain = mail_id.strip("<>").split("@")
    maildir.deliver(dsn(f"<{world.notice().id}@{domain}>"))
    maildir.deliver(dsn(f"<{own_part.split('.')[0]}.{'a' * 16}@{domain}>"))
    assert maildir.read(world) == {"nobodys": 2}
    assert world.notice().state is State.SENT


def test_the_command_reads_the_mailbox_of_the_settings(
    world: World, mail_id: str, maildir: Box, mail_environ: dict[str, str]
) -> None:
    maildir.deliver(dsn(mail_id))
    run = CliRunner().invoke(bounces_command, ["read"], env={**mail_environ, "BOUNCE_MAILBOX_URL": maildir.url})
    assert (run.exit_code, run.output.splitlines()[-1]) == (0, "taken: 1"), run.output
    assert isinstance(world.notice().ended_at, datetime)


def test_the_command_says_that_the_mailbox_cannot_be_read(mail_environ: dict[str, str], tmp_path: Path) -> None:
    gone = {**mail_environ, "BOUNCE_MAILBOX_URL": "imap://me:secret-word@127.0.0.1:9/INBOX"}
    run = CliRunner().invoke(bounces_command, ["read"], env=gone)
    assert run.exit_code == 1
    assert "The mailbox could not be read: ConnectionRefusedError" in run.output
    assert "secret-word" not in run.output
    assert CliRunner().invoke(bounces_command, ["read"], env=mail_environ).exit_code == 2
