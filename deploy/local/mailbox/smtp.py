"""The SMTP side: accepts every mail, and answers 250 only when it is stored."""

import asyncio
import logging
from datetime import UTC, datetime

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.mailbox.store import MailStore

log = logging.getLogger(__name__)


class Receiver:
    """Takes each mail that is handed over into the store."""

    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd
        """Returns the SMTP answer: 250 with the mail's id, or 451 when it could not be stored."""
        sender, source = envelope.mail_from or "", envelope.original_content or b""
        now = datetime.now(UTC)
        try:
            mail = await asyncio.to_thread(self._store.add, sender, envelope.rcpt_tos, source, now=now)
        except OSError:
            log.exception("A mail could not be stored")
            return "451 4.3.0 The mail could not be stored, try again later"
        return f"250 2.0.0 Stored as {mail.id}"


def smtp_server(store: MailStore, host: str, port: int) -> Controller:
    """Returns a server that is not started yet; it runs in a thread of its own."""
    return Controller(Receiver(store), hostname=host, port=port, enable_SMTPUTF8=True)
