"""One received mail, and its form on disk: what the sender sent, below three lines that say how it came."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cached_property

# The envelope, which a mail's own headers need not agree with, is kept in the way of a receiving server.
SENDER, RECIPIENT, RECEIVED = "X-Mailbox-Sender", "X-Mailbox-Recipient", "X-Mailbox-Received"


@dataclass(frozen=True)
class Mail:
    """A mail as it was received; `sender` and `recipients` are the envelope's, `received_at` is in UTC."""

    id: str
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    source: bytes

    @cached_property
    def message(self) -> EmailMessage:
        """The mail as the sender sent it."""
        parsed = message_from_bytes(self.source, policy=default)
        assert isinstance(parsed, EmailMessage)  # noqa: S101  # the default policy makes no other
        return parsed

    @property
    def subject(self) -> str:
        """The Subject header."""
        return str(self.message["Subject"] or "")

    @property
    def message_id(self) -> str:
        """The Message-ID header."""
        return str(self.message["Message-ID"] or "")

    @property
    def headers(self) -> dict[str, str]:
        """All headers, decoded; those of one name on lines of one value."""
        headers: dict[str, str] = {}
        for name, value in self.message.items():
            headers[name] = f"{headers[name]}\n{value}" if name in headers else str(value)
        return headers

    @property
    def text(self) -> str:
        """The plain text body."""
        return self._body("plain")

    @property
    def html(self) -> str:
        """The HTML body."""
        return self._body("html")

    def is_to(self, address: str) -> bool:
        """Tells whether `address` is a recipient; letter case does not count."""
        return address.casefold() in {recipient.casefold() for recipient in self.recipients}

    def _body(self, kind: str) -> str:
        part = self.message.get_body(preferencelist=(kind,))
        return str(part.get_content()) if part else ""


def to_file(mail: Mail) -> bytes:
    """Returns the bytes of the mail's .eml file."""
    lines = [f"{RECEIVED}: {mail.received_at.isoformat()}", f"{SENDER}: {mail.sender}"]
    lines += [f"{RECIPIENT}: {recipient}" for recipient in mail.recipients]
    return "\r\n".join((*lines, "")).encode() + mail.source


def from_file(mail_id: str, content: bytes) -> Mail:
    """Returns the mail whose file has this content; raises `ValueError` when it is no file of ours."""
    envelope: dict[str, list[str]] = {RECEIVED: [], SENDER: [], RECIPIENT: []}
    while (name := content.partition(b":")[0].decode(errors="replace")) in envelope:
        line, _, content = content.partition(b"\r\n")
        envelope[name].append(line.decode().partition(": ")[2])
    if not envelope[RECEIVED] or not envelope[SENDER]:
        raise ValueError(f"{mail_id} does not say how it was received")
    received_at = datetime.fromisoformat(envelope[RECEIVED][0])
    return Mail(mail_id, received_at, envelope[SENDER][0], tuple(envelope[RECIPIENT]), content)
