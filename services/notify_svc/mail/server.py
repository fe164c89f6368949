"""Which server mails go to, and in whose name."""

from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Literal
from urllib.parse import unquote, urlsplit

from notify_svc.domain.addresses import why_unusable
from shared.texts import one_line

DEFAULT_NAME = "iQIES Role Requests (do not reply)"
DEFAULT_PORTS = {"smtp": 25, "smtps": 465}

Security = Literal["none", "starttls", "tls"]


@dataclass(frozen=True)
class SmtpServer:
    """A mail server to hand mails to, and how to sign in there."""

    host: str
    port: int
    security: Security = "none"
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Sender:
    """Who mails come from."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """The part behind the @."""
        return self.address.rpartition("@")[2]


def as_smtp_server(text: str) -> SmtpServer:
    """Reads smtp://[user:password@]host[:port][?tls] or smtps://…. Raises ValueError for anything else."""
    url = urlsplit(text)
    if url.scheme not in DEFAULT_PORTS or not url.hostname or url.query not in ("", "tls"):
        raise ValueError("must look like smtp://host:port")
    return SmtpServer(
        host=url.hostname,
        port=url.port or DEFAULT_PORTS[url.scheme],
        security="tls" if url.scheme == "smtps" else "starttls" if url.query else "none",
        user=unquote(url.username) if url.username else None,
        password=unquote(url.password) if url.password else None,
    )


def as_sender(text: str) -> Sender:
    """Reads an address, or Name <address>. Raises ValueError when no mail can come from it."""
    name, address = parseaddr(text)
    if why_unusable(address):
        raise ValueError("must be an email address, or Name <address>")
    return Sender(one_line(name) or DEFAULT_NAME, address)


def as_bounce_address(text: str) -> str:
    """Reads an address, or nothing. Raises ValueError when no mail can be sent to it."""
    if text and why_unusable(text):
        raise ValueError("must be an email address")
    return text
