"""The two services and the post between them: messages go from outbox to inbox at once, and mails are taken at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from deploy.simulation.mails import DIGEST
from notify_svc.domain.failures import Answer
from notify_svc.use_cases.claim_notice import Claimed, Terms, claim_notice
from notify_svc.use_cases.record_delivery import record_sent
from shared.contracts import Message
from shared.db import Database
from shared.messaging import inbox
from shared.messaging.envelope import RECEIPT, Envelope
from shared.messaging.inbox import Handler, Prepare
from shared.messaging.states import State
from shared.messaging.tables import inbox as inbox_table
from shared.messaging.tables import outbox

AT_ONCE = 200
TAKEN = Answer(250, "taken")
MAILS = "notify_svc.mail"

Letter = dict[str, Any]
"""An envelope as the broker carries it."""


class UndeliveredError(RuntimeError):
    """A message was not taken; in a simulation that is a fault."""


@dataclass
class Side:
    """A service as the post sees it. `seen` is the last row of its outbox that was delivered."""

    name: str
    database: Database
    handlers: Mapping[str, Handler]
    prepare: Prepare | None = None
    seen: UUID = UUID(int=0)

    def written(self) -> list[tuple[str, Letter]]:
        """Returns what was written since the last time: queue and letter, in order."""
        new = select(outbox.c.id, outbox.c.queue, outbox.c.type, outbox.c.envelope).where(outbox.c.id > self.seen)
        with self.database.reading() as session:
            rows = session.execute(new.order_by(outbox.c.id)).all()
        self.seen = rows[-1].id if rows else self.seen
        return [(row.queue, row.envelope) for row in rows if row.type != RECEIPT]

    def take(self, letters: list[Letter], now: datetime) -> None:
        """Hands letters over, as a worker would."""
        for first in range(0, len(letters), AT_ONCE):
            with self.database.transaction() as session:
                inbox.take(session, self.handlers, letters[first : first + AT_ONCE], now, prepare=self.prepare)

    def check_all_taken(self) -> None:
        """Raises UndeliveredError when a message failed, or still waits for another."""
        open_ones = select(inbox_table.c.type, func.count()).where(inbox_table.c.state != State.DONE)
        with self.database.reading() as session:
            left = session.execute(open_ones.group_by(inbox_table.c.type)).all()
        if left:
            raise UndeliveredError(f"{self.name}: {', '.join(f'{number} {kind}' for kind, number in left)}")


@dataclass
class Post:
    """Carries everything until nobody writes any more; request_svc is not there to hear it."""

    approvals: Side
    notices: Side
    terms: Terms
    listed: dict[UUID, list[UUID]] = field(default_factory=dict)
    """The approvals that each mail named which lists several, by its notice: what was left of them when it was sent."""

    def publish(self, message: Message, correlation_id: UUID, now: datetime, *, to: tuple[Side, ...]) -> None:
        """Delivers a message of a service that is not there."""
        envelope = Envelope.around(message, correlation_id=correlation_id, cause=None, now=now)
        for side in to:
            side.take([envelope.to_json()], now)
        self.carry(now)

    def carry(self, now: datetime) -> None:
        """Delivers what was written, and what follows from that, until there is nothing more."""
        while written := [*self.approvals.written(), *self.notices.written()]:
            for side in (self.approvals, self.notices):
                side.take([letter for queue, letter in written if queue == side.name], now)
            self._send([letter["data"]["notice_id"] for queue, letter in written if queue == MAILS], now)

    def _send(self, notice_ids: list[str], now: datetime) -> None:
        """Every mail is taken by its server at once."""
        if not notice_ids:
            return
        with self.notices.database.transaction() as session:
            for notice_id in notice_ids:
                claimed = claim_notice(session, UUID(notice_id), self.terms, now)
                if claimed is not None:
                    self._keep_listed(claimed)
                    session.flush()
                    record_sent(session, claimed, TAKEN, now)

    def _keep_listed(self, claimed: Claimed) -> None:
        if claimed.template == DIGEST:
            self.listed[claimed.notice_id] = [UUID(entry["approval_id"]) for entry in claimed.context["entries"]]
