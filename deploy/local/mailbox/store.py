"""Received mails in a directory: one .eml file each, and an index in memory that is rebuilt at the start."""

import os
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from threading import Lock

from deploy.local.mailbox.mail import Mail, from_file, to_file


class MailStore:
    """All mails of one directory, oldest first; any thread may use it."""

    def __init__(self, directory: Path) -> None:
        """Reads what an earlier run has left in `directory`, which is created when missing."""
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._lock = Lock()
        self._mails = [from_file(file.stem, file.read_bytes()) for file in sorted(directory.glob("*.eml"))]

    def add(self, sender: str, recipients: Sequence[str], source: bytes, *, now: datetime) -> Mail:
        """Stores a mail and returns it when it is safe on disk; raises `OSError`."""
        with self._lock:
            # The name sorts by time, so that the directory's order is the order of arrival.
            mail_id = f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
            mail = Mail(mail_id, now, sender, tuple(recipients), source)
            self._write(mail)
            self._mails.append(mail)
        return mail

    def mails(self) -> list[Mail]:
        """Returns all mails, newest first."""
        with self._lock:
            return self._mails[::-1]

    def find(self, mail_id: str) -> Mail | None:
        """Returns the mail of that id."""
        return next((mail for mail in self.mails() if mail.id == mail_id), None)

    def clear(self) -> None:
        """Removes every mail."""
        with self._lock:
            for mail in self._mails:
                self._file(mail.id).unlink(missing_ok=True)
            self._mails.clear()

    def _file(self, mail_id: str) -> Path:
        return self._directory / f"{mail_id}.eml"

    def _write(self, mail: Mail) -> None:
        """Writes the file under another name first: a crash leaves a whole mail or none."""
        partial = self._directory / f"{mail.id}.partial"
        with partial.open("wb") as file:
            file.write(to_file(mail))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._file(mail.id))
        directory = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
