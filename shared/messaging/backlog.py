"""What is on its way and takes longer than it should: nothing may wait where nobody sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from shared.messaging import inbox as engine
from shared.messaging.envelope import RECEIPT
from shared.messaging.letters import Letter, open_in
from shared.messaging.states import State
from shared.messaging.tables import outbox

LONG = timedelta(minutes=5)
SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class OnItsWay:
    """A message that this service wrote and `queue` has not taken; `sends` says how often the broker took it."""

    message_id: UUID
    type: str
    queue: str
    correlation_id: UUID
    written_at: datetime
    sent_at: datetime | None
    sends: int


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """How many messages wait, and the 20 that wait longest of each kind.

    `unsent` were written 5 minutes ago or before and never reached the broker; `untaken` reached it then, but their
    subscriber has not said that it has them; `failed` will be tried again; `waiting` wait for an earlier one.
    """

    counts: dict[str, int]
    unsent: Sequence[OnItsWay]
    untaken: Sequence[OnItsWay]
    failed: Sequence[Letter]
    waiting: Sequence[Letter]

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not any(self.counts.values())


def look(session: Session, now: datetime) -> Backlog:
    """Returns what waits."""
    unsent = and_(outbox.c.sent_at.is_(None), outbox.c.written_at < now - LONG, outbox.c.type != RECEIPT)
    untaken = and_(outbox.c.sent_at < now - LONG, outbox.c.taken_at.is_(None), outbox.c.type != RECEIPT)
    states = engine.count_by_state(session)
    return Backlog(
        counts={
            "unsent": _count(session, unsent),
            "untaken": _count(session, untaken),
            "failed": states.get(State.FAILED, 0),
            "waiting": states.get(State.WAITING, 0),
        },
        unsent=_oldest(session, unsent),
        untaken=_oldest(session, untaken),
        failed=open_in(session, State.FAILED, SHOWN),
        waiting=open_in(session, State.WAITING, SHOWN),
    )


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(condition)) or 0


def _oldest(session: Session, condition: ColumnElement[bool]) -> list[OnItsWay]:
    columns: list[ColumnElement[Any]] = [outbox.c[name] for name in OnItsWay.__dataclass_fields__]
    rows = session.execute(select(*columns).where(condition).order_by(outbox.c.id).limit(SHOWN)).mappings()
    return [OnItsWay(**row) for row in rows]
