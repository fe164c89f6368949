"""What notify_svc reads from the environment."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from notify_svc.bounces.places import MailboxUrl, as_credentials, as_mailbox, as_public_keys, as_words
from notify_svc.mail.server import Sender, SmtpServer, as_bounce_address, as_sender, as_smtp_server
from shared.settings import SignInSettings, as_count, as_keys, as_rate, as_seconds, as_url, setting

LONGEST_MAIL_LIMIT = timedelta(minutes=4)
"""A chunk takes twice that at worst, and recording: not so long that the broker gives it to another worker."""


def _as_mail_limit(text: str) -> timedelta:
    """Reads a number of seconds. Raises ValueError when it is more than four minutes."""
    limit = as_seconds(text)
    if limit > LONGEST_MAIL_LIMIT:
        raise ValueError(f"must not be more than {LONGEST_MAIL_LIMIT.total_seconds():.0f} seconds")
    return limit


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
        "REQUEST_SVC_PUBLIC_URL", parse=as_url, help="Where requesters reach My Profile, for links in mails and pages"
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

    mail_limit: timedelta = setting(
        "MAIL_LIMIT_SECONDS",
        default="60",
        parse=_as_mail_limit,
        help="Seconds that the whole exchange about one mail may take, connecting included; 240 at most",
    )
    bounce_address: str = setting(
        "MAIL_BOUNCE_ADDRESS",
        default="",
        parse=as_bounce_address,
        help="Where mails that cannot be delivered come back to (envelope sender); empty: the address of MAIL_FROM",
    )
    ses_topics: tuple[str, ...] = setting(
        "BOUNCE_SES_TOPICS",
        default="",
        parse=as_words,
        help="ARNs of the SNS topics that Amazon SES tells of bounces, separated by commas; empty: no such endpoint",
    )
    sendgrid_keys: tuple[EllipticCurvePublicKey, ...] = setting(
        "BOUNCE_SENDGRID_KEYS",
        default="",
        parse=as_public_keys,
        secret=True,
        help="Verification keys of SendGrid's signed event webhook, separated by commas; empty: no such endpoint",
    )
    mailgun_keys: tuple[str, ...] = setting(
        "BOUNCE_MAILGUN_KEYS",
        default="",
        parse=as_words,
        secret=True,
        help="Mailgun's webhook signing keys, separated by commas; empty: no such endpoint",
    )
    postmark_credentials: tuple[str, ...] = setting(
        "BOUNCE_POSTMARK_CREDENTIALS",
        default="",
        parse=as_credentials,
        secret=True,
        help="user:password that Postmark signs in with at the bounce endpoint, several separated by commas; "
        "empty: no such endpoint",
    )
    refused_bounces_by_address: str = setting(
        "REFUSED_BOUNCES_BY_ADDRESS",
        own=True,
        default="30 per minute",
        parse=as_rate,
        help="Calls of the bounce endpoints without proof or sense, from one address; after that it has to wait",
    )
    bounce_mailbox: MailboxUrl | None = setting(
        "BOUNCE_MAILBOX_URL",
        default="",
        parse=as_mailbox,
        secret=True,
        help="Where returned mails arrive: maildir:/path, or imaps://user:password@host[:port]/INBOX; empty: nowhere",
    )

    @property
    def envelope_sender(self) -> str:
        """The address that the mail server is told, and sends back to what it cannot deliver."""
        return self.bounce_address or self.mail_from.address

    @property
    def mail_lease(self) -> timedelta:
        """How long a worker may hold a notice before it counts as stopped.

        A minute longer than the exchange may take: looking up the mail server's name, rendering, and recording while
        the database restarts come on top of it.
        """
        return self.mail_limit + timedelta(minutes=1)

    @property
    def chunk_budget(self) -> timedelta:
        """After how long a worker begins no further mail of a chunk: the longest time that a mail should take."""
        return self.mail_limit
