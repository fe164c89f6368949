"""The mailbox that returned mails arrive in: a Maildir on this machine, or a folder on an IMAP server.

A mail is read, what it says is recorded, and only then is it filed away: a reader that is killed in between reads it
again, which changes nothing. No mail is deleted.
"""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from notify_svc.bounces.dsn import MOST_BYTES
from notify_svc.bounces.places import MailboxUrl

SECONDS = 30
_DELIMITER = re.compile(rb'\) "\\\\?(.)"')
AT_ONCE = 200
"""Mails that one reading takes; the next one goes on."""


class Folder(StrEnum):
    """Where a mail goes that was read."""

    RECORDED = "Recorded"
    OTHERS = "Others"
    """No report of a failure, or about no mail of ours: for people to look at."""


class BounceMailbox(Protocol):
    """What the reader does with a mailbox."""

    def unread(self) -> Iterator[tuple[str, bytes]]:
        """Yields up to 200 mails that were not filed yet: a key and the first MiB."""

    def file(self, key: str, folder: Folder) -> None:
        """Moves a mail. One that somebody else has moved already is left there."""


@contextmanager
def opened(url: MailboxUrl) -> Iterator[BounceMailbox]:
    """Yields the mailbox. Raises OSError or imaplib.IMAP4.error when it cannot be reached, or proves not who it is."""
    if url.kind == "maildir":
        yield Maildir(Path(url.place))
        return
    with _connected(url) as server:
        server.login(url.user, url.password)
        yield Imap(server, url.place)


def _connected(url: MailboxUrl) -> imaplib.IMAP4:
    if url.kind == "imap":
        return imaplib.IMAP4(url.host, url.port, timeout=SECONDS)
    # Without a context of ours, imaplib takes any certificate.
    return imaplib.IMAP4_SSL(url.host, url.port, ssl_context=ssl.create_default_context(), timeout=SECONDS)


class Maildir:
    """A Maildir; `Recorded` and `Others` are folders in it, as Maildir++ has them. The key is a path below it.

    The library's class offers to copy and then delete; renaming leaves no moment with two mails, or with none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        for folder in Folder:
            for part in ("new", "cur", "tmp"):
                (self._of(folder) / part).mkdir(parents=True, exist_ok=True)

    def unread(self) -> Iterator[tuple[str, bytes]]:
        """Yields mails in the order of their names, which begin with the time of their arrival."""
        found = [path for part in ("new", "cur") for path in (self._path / part).iterdir() if path.is_file()]
        for path in sorted(found, key=lambda path: path.name)[:AT_ONCE]:
            with suppress(FileNotFoundError), path.open("rb") as file:
                yield path.relative_to(self._path).as_posix(), file.read(MOST_BYTES)

    def file(self, key: str, folder: Folder) -> None:
        """Moves a mail by renaming it."""
        with suppress(FileNotFoundError):
            (self._path / key).rename(self._of(folder) / key)

    def _of(self, folder: Folder) -> Path:
        return self._path / f".{folder}"


class Imap:
    """A folder on a server (RFC 9051); `Recorded` and `Others` are folders beside it, or below INBOX.

    Some servers let an account have folders only there.
    """

    def __init__(self, server: imaplib.IMAP4, folder: str) -> None:
        self._server = server
        _good(server.select(_quoted(folder)))
        self._folders = {folder: self._made(folder) for folder in Folder}
        self._moves = "MOVE" in server.capabilities

    def unread(self) -> Iterator[tuple[str, bytes]]:
        """Yields mails in the order of their arrival; looking does not mark them as read."""
        (found,) = _good(self._server.uid("SEARCH", "UNDELETED"))
        for key in (found or b"").decode().split()[:AT_ONCE]:
            raw = _literal(_good(self._server.uid("FETCH", key, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")))
            if raw is not None:
                yield key, raw

    def file(self, key: str, folder: Folder) -> None:
        """Moves a mail; on a server without MOVE (RFC 6851) it is copied, and the original deleted afterwards."""
        if self._moves:
            _good(self._server.uid("MOVE", key, self._folders[folder]))
            return
        _good(self._server.uid("COPY", key, self._folders[folder]))
        _good(self._server.uid("STORE", key, "+FLAGS", r"(\Deleted)"))
        self._server.expunge()

    def _made(self, folder: Folder) -> str:
        """Returns the quoted name that the folder has here, made if it was not there."""
        below_inbox = _quoted(f"INBOX{self._delimiter()}{folder}")
        for name in (_quoted(folder), below_inbox):
            if self._server.create(name)[0] == "OK" or any(_good(self._server.list('""', name))):
                return name
        return below_inbox

    def _delimiter(self) -> str:
        (told, *_) = _good(self._server.list('""', '""'))
        found = _DELIMITER.search(told if isinstance(told, bytes) else b"")
        return found.group(1).decode() if found else "/"


def _quoted(name: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'


def _good(answer: tuple[str, list[Any]]) -> list[Any]:
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"the server answered {status}")
    return data


def _literal(data: list[Any]) -> bytes | None:
    """Returns the mail in the answer to FETCH; None when it has gone meanwhile."""
    return next((part[1] for part in data if isinstance(part, tuple) and isinstance(part[1], bytes)), None)
