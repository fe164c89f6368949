"""A mail server that can be told to misbehave, and keeps a journal of all that it was handed."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from enum import StrEnum
from typing import Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.ports import HOST

Outcome = Literal["accepted", "refused_4xx", "refused_5xx", "hung", "cut_after_data"]

ACCEPTED = "250 2.0.0 Taken"
LATER = "451 4.3.0 Try again later"
NEVER = "550 5.1.1 Nobody here has that name"
PAUSE_SECONDS = 0.05


class Mode(StrEnum):
    """How the server behaves."""

    OK = "ok"
    CLOSED = "closed"
    TEMPORARY_AT_MAIL = "4xx at MAIL"
    TEMPORARY_AT_RCPT = "4xx at RCPT"
    TEMPORARY_AT_DATA = "4xx at DATA"
    PERMANENT = "5xx"
    HANGING = "hanging"
    CUTTING = "cutting"
    KILLING = "killing who sent"


@dataclass(frozen=True)
class Received:
    """One mail for one recipient as it was handed over, and what became of it.

    `at` is `time.monotonic()`. `message_id` is the header with its angle brackets; it and `raw` are empty where the
    server refused before it saw the mail. Only for what is `accepted` did the server take over the responsibility
    with a 250: after `cut_after_data` the sender knows of no answer and must come again (RFC 5321, section 4.5.4.2).
    """

    at: float
    message_id: str
    recipient: str
    raw: bytes
    outcome: Outcome


class FaultySmtp:
    """An SMTP server on a port of 127.0.0.1, in a thread of its own, well-behaved until `behave` says otherwise."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.journal: list[Received] = []
        """Oldest first; only ever appended to."""
        self.mode = Mode.OK
        """Changed by `behave` alone."""
        self.unknown: frozenset[str] = frozenset()
        """The addresses, in lower case, that are refused while the mode is `PERMANENT`."""
        self._kill: Callable[[], object] | None = None
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        """What SMTP_URL is to be."""
        return f"smtp://{HOST}:{self.port}"

    def start(self) -> None:
        """Begins to listen. Raises `OSError` when the port is taken."""
        self._controller = Controller(self, hostname=HOST, port=self.port, enable_SMTPUTF8=True)
        self._controller.start()

    def stop(self) -> None:
        """Stops listening and ends every connection; harmless when it is stopped."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def behave(
        self, mode: Mode, *, unknown: frozenset[str] = frozenset(), kill: Callable[[], object] | None = None
    ) -> None:
        """Behaves differently from now on.

        `unknown` are the addresses that `PERMANENT` is about. `KILLING` lasts until the next mail is accepted: `kill`
        is called then, once, in the server's thread, before who sent the mail can do anything with the answer.
        """
        self.unknown = frozenset(address.casefold() for address in unknown)
        self._kill = kill
        self.mode = mode
        if mode is Mode.CLOSED:
            self.stop()
        elif self._controller is None:
            self.start()

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's names
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answers MAIL FROM."""
        await self._hang(server, envelope)
        if self.mode is Mode.TEMPORARY_AT_MAIL:
            self._note("", envelope, "refused_4xx")
            return LATER
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answers RCPT TO."""
        if self.mode is Mode.TEMPORARY_AT_RCPT:
            self._note(address, envelope, "refused_4xx")
            return LATER
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answers the text of a mail.

        A permanent refusal comes here, where it names the mail: who checks the books knows which one is not owed.
        """
        await self._hang(server, envelope)
        if self.mode is Mode.TEMPORARY_AT_DATA:
            return self._answer(envelope, "refused_4xx", LATER)
        if self.mode is Mode.PERMANENT and self.unknown & {each.casefold() for each in envelope.rcpt_tos}:
            return self._answer(envelope, "refused_5xx", NEVER)
        if self.mode is Mode.CUTTING:
            _cut(server)
            return self._answer(envelope, "cut_after_data", ACCEPTED)
        answer = self._answer(envelope, "accepted", ACCEPTED)
        if self.mode is Mode.KILLING and self._kill:
            kill, self._kill = self._kill, None
            kill()
        return answer

    async def _hang(self, server: SMTP, envelope: Envelope) -> None:
        """Keeps the client waiting while the mode lasts, and then leaves without an answer."""
        if self.mode is not Mode.HANGING:
            return
        self._answer(envelope, "hung", "")
        while self.mode is Mode.HANGING:
            await asyncio.sleep(PAUSE_SECONDS)
        _cut(server)
        raise asyncio.CancelledError

    def _answer(self, envelope: Envelope, outcome: Outcome, answer: str) -> str:
        for recipient in envelope.rcpt_tos or [""]:
            self._note(recipient, envelope, outcome)
        return answer

    def _note(self, recipient: str, envelope: Envelope, outcome: Outcome) -> None:
        raw = envelope.original_content or b""
        message_id = str(message_from_bytes(raw)["Message-ID"] or "").strip()
        self.journal.append(Received(time.monotonic(), message_id, recipient, raw, outcome))


def _cut(server: SMTP) -> None:
    if isinstance(server.transport, asyncio.Transport):
        server.transport.abort()
