"""A real SMTP server for tests, which can be told to answer as servers do on bad days."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import Enum
from typing import Any

from aiosmtpd.controller import Controller

from deploy.local.ports import free_numbers


class Mood(Enum):
    """How the server treats what it is given."""

    TAKES = "takes every mail"
    BUSY = "says 451 to the text"
    GREYLISTS = "says 450 to the recipient"
    NO_SUCH_MAILBOX = "says 550 to the recipient"
    SPAM = "says 554 to the text"
    HANGS_UP = "takes the text and hangs up without an answer"
    SLEEPS = "does not answer in time"
    WANTS_SIGN_IN = "says 530 to the sender"


@dataclass
class Received:
    """One mail as the server got it."""

    recipients: list[str]
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    def part(self, kind: str) -> str:
        body = self.mail.get_body((kind,))
        assert body is not None
        return str(body.get_content())


@dataclass
class Mailbox:
    """The server's inside; `mails` are those that it got the text of, taken or not."""

    mood: Mood = Mood.TAKES
    mails: list[Received] = field(default_factory=list)
    connections: int = 0
    on_mail: Callable[[], None] = lambda: None

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        if self.mood is Mood.WANTS_SIGN_IN:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        if self.mood is Mood.NO_SUCH_MAILBOX:
            return f"550 5.1.1 <{address}>: there is no such mailbox"
        if self.mood is Mood.GREYLISTS:
            return "450 4.7.1 Come back in five minutes"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        self.mails.append(Received(envelope.rcpt_tos, envelope.content))
        self.on_mail()
        if self.mood is Mood.HANGS_UP:
            server.transport.abort()
        if self.mood is Mood.SLEEPS:
            await asyncio.sleep(2)
        answers = {Mood.BUSY: "451 4.3.0 Try again later", Mood.SPAM: "554 5.7.1 Looks like spam to us"}
        return answers.get(self.mood, f"250 2.0.0 Queued as {len(self.mails)}")

    async def handle_EHLO(  # noqa: N802 - aiosmtpd calls it so
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses


class Server:
    """Serves a Mailbox on a port of 127.0.0.1; may be stopped and started again."""

    def __init__(self) -> None:
        self.mailbox = Mailbox()
        self.port = free_numbers(1)[0]
        self._controller: Any = None

    def start(self) -> None:
        self._controller = Controller(self.mailbox, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None
