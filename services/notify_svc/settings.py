"""What notify_svc reads from the environment."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from notify_svc.mail.server import Sender, SmtpServer, as_sender, as_smtp_server
from shared.settings import SignInSettings, as_count, as_keys, as_seconds, as_url, setting

# A mail takes at most this many exchanges with the server, each of which may last as long as the timeout:
# MAIL on a stale connection, connect, greeting, EHLO, STARTTLS, EHLO, AUTH (two), MAIL, RCPT, DATA, the text.
LONGEST_DIALOGUE = 12


@dataclass(frozen=True, kw_only=True)
class Settings(SignInSettings):
    """Settings of every notify_svc process."""

    service: ClassVar[str] = "notify_svc"

    smtp_server: SmtpServer = setting(
        "SMTP_URL",
        parse=as_smtp_server,
        secret=True,
        help="Mail server: smtp://[user:password@]host:port, `?tls` for STARTTLS; smtps:// for TLS from the start",
    )
    mail_from: Sender = setting(
        "MAIL_FROM", parse=as_sender, help="The sender: an address, or Name <address>; nobody reads its mailbox"
    )
    approval_public_url: str = setting(
        "APPROVAL_SVC_PUBLIC_URL", parse=as_url, help="Where officials reach the page behind an emailed link"
    )
    request_public_url: str = setting(
        "REQUEST_SVC_PUBLIC_URL", parse=as_url, help="Where requesters reach My Profile, for links in mails"
    )
    link_keys: tuple[str, ...] = setting(
        "LINK_SIGNING_KEYS", parse=as_keys, secret=True, help="Keys that sign emailed links: the first signs"
    )
    mail_max_attempts: int = setting(
        "MAIL_MAX_ATTEMPTS", default="68", parse=as_count, help="Tries to send a mail before it counts as failed"
    )
    mail_timeout: timedelta = setting(
        "MAIL_TIMEOUT_SECONDS", default="30", parse=as_seconds, help="Seconds to wait for each answer of the server"
    )

    mail_concurrency: int = setting(
        "MAIL_CONCURRENCY", default="8", parse=as_count, help="Mails that one mailer process sends at the same time"
    )

    @property
    def mail_lease(self) -> timedelta:
        """How long a worker may hold a notice before it counts as stopped."""
        return self.mail_timeout * LONGEST_DIALOGUE
