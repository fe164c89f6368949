"""Where bounces are told, and what proves who tells them, as the settings name it."""

import base64
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

PORTS = {"imaps": 993, "imap": 143}


@dataclass(frozen=True)
class MailboxUrl:
    """A mailbox: a Maildir's path, or a folder on an IMAP server."""

    kind: Literal["maildir", "imaps", "imap"]
    place: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)


def as_words(text: str) -> tuple[str, ...]:
    """Reads words separated by commas; an empty text has none."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def as_public_keys(text: str) -> tuple[EllipticCurvePublicKey, ...]:
    """Reads public keys as SendGrid shows them: base64 of DER. Raises ValueError."""
    return tuple(_public_key(word) for word in as_words(text))


def as_credentials(text: str) -> tuple[str, ...]:
    """Reads user:password, several separated by commas. Raises ValueError."""
    words = as_words(text)
    if not all(user and len(password) >= 16 for user, _, password in (word.partition(":") for word in words)):
        raise ValueError("must be user:password, the password of at least 16 characters")
    return words


def as_mailbox(text: str) -> MailboxUrl | None:
    """Reads maildir:/path or imaps://user:password@host[:port]/folder. Raises ValueError.

    imap:// without TLS is for a server on this machine alone.
    """
    if not text:
        return None
    url = urlsplit(text)
    if url.scheme == "maildir" and url.path.startswith("/"):
        return MailboxUrl("maildir", url.path)
    local = url.scheme == "imap" and url.hostname in ("localhost", "127.0.0.1", "::1")
    if (url.scheme == "imaps" or local) and url.hostname and url.username and url.password:
        return MailboxUrl(
            kind="imap" if local else "imaps",
            place=unquote(url.path.strip("/")) or "INBOX",
            host=url.hostname,
            port=url.port or PORTS[url.scheme],
            user=unquote(url.username),
            password=unquote(url.password),
        )
    raise ValueError("must look like maildir:/path or imaps://user:password@host/INBOX")


def _public_key(text: str) -> EllipticCurvePublicKey:
    key = load_der_public_key(base64.b64decode(text, validate=True))
    if not isinstance(key, EllipticCurvePublicKey):
        raise ValueError("must be an elliptic curve key")  # noqa: TRY004 - what settings are read with expects this
    return key
