"""A postman's world: a real database, a real mail server, and a clock that the test moves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from notify_svc.domain.notices import State
from notify_svc.mail.postman import Postman
from notify_svc.settings import Settings
from notify_svc.tables import Delivery, Notice
from notify_svc.use_cases.requeue_due import requeue_due
from notify_svc.worker import HANDLERS
from shared.contracts import Message, NoticeQueued
from shared.contracts.registry import NOTIFY_MAIL
from shared.db import Database
from shared.ids import new_id
from shared.messaging import inbox
from shared.messaging.envelope import Envelope
from shared.messaging.tables import outbox
from shared.settings import load
from tests.notify_svc.factories import NOW
from tests.notify_svc.mailbox import Mailbox, Server


@dataclass
class World:
    database: Database
    postman: Postman
    mailbox: Mailbox
    now: datetime = NOW
    handed_over: set[Any] = field(default_factory=set)

    def hears(self, message: Message, envelope: Envelope | None = None) -> Envelope:
        """A message comes through the inbox, which must find nothing wrong with it."""
        envelope = envelope or Envelope.around(message, correlation_id=new_id(), cause=None, now=self.now)
        with self.database.transaction() as session:
            inbox.take(session, HANDLERS, [envelope.to_json()], self.now)
            assert inbox.count_by_state(session) == {}
        return envelope

    def works(self) -> None:
        """The sweep runs, and the mail queue is worked off."""
        with self.database.transaction() as session:
            requeue_due(session, self.now)
        self.postman(self.mail_queue())

    def hears_and_works(self, message: Message) -> Envelope:
        envelope = self.hears(message)
        self.works()
        return envelope

    def mail_queue(self) -> list[dict[str, Any]]:
        """What the relay would hand over now, once."""
        waiting = [row for row in self.outbox() if row.queue == NOTIFY_MAIL and row.id not in self.handed_over]
        self.handed_over |= {row.id for row in waiting}
        return [row.envelope for row in waiting]

    def outbox(self) -> list[Any]:
        with self.database.reading() as session:
            return list(session.execute(select(outbox).order_by(outbox.c.id)))

    def told(self) -> list[tuple[str, dict[str, Any]]]:
        """What other services hear: (type, data), each message once however many hear it."""
        others = {row.message_id: row for row in self.outbox() if row.type != NoticeQueued.type()}
        return [(row.type, row.envelope["data"]) for row in others.values()]

    def notices(self) -> list[Notice]:
        with self.database.reading() as session:
            return list(session.scalars(select(Notice).order_by(Notice.id)))

    def notice(self) -> Notice:
        (notice,) = self.notices()
        return notice

    def deliveries(self) -> list[Delivery]:
        with self.database.reading() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.id)))

    def states(self) -> dict[tuple[str, str], State]:
        return {(notice.template, notice.recipient_id): notice.state for notice in self.notices()}

    def passes(self, time: timedelta) -> None:
        self.now += time


@pytest.fixture
def smtp_server() -> Iterator[Server]:
    server = Server()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def mail_environ(settings_environ: Mapping[str, str], smtp_server: Server) -> dict[str, str]:
    return {
        **settings_environ,
        "SMTP_URL": f"smtp://127.0.0.1:{smtp_server.port}",
        "MAIL_TIMEOUT_SECONDS": "0.5",
        "MAIL_LIMIT_SECONDS": "1",
        "MAIL_MAX_ATTEMPTS": "3",
    }


@pytest.fixture
def settings(mail_environ: dict[str, str]) -> Settings:
    return load(Settings, mail_environ)


@pytest.fixture
def world(notify_database: Database, settings: Settings, smtp_server: Server) -> Iterator[World]:
    postman = Postman(settings, notify_database, clock=lambda: made.now)
    made = World(notify_database, postman, smtp_server.mailbox)
    yield made
    postman.close()
