"""Which rows of the outbox are sent next: fairly, not too many at once, and again what the broker lost.

All claims are `FOR UPDATE SKIP LOCKED`: any number of relays may run.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Double,
    Interval,
    Select,
    Text,
    and_,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from shared.messaging.envelope import RECEIPT
from shared.messaging.queues import ALL_QUEUES, traffic
from shared.messaging.tables import outbox

BATCH = 200
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=30)
LOST_AT_LAST = timedelta(hours=1)
"""When a message is sent again though its queue is never seen empty; longer than the longest pause, and than the broker
waits before it gives out again what a killed worker held."""

_IN_BROKER = and_(outbox.c.sent_at.is_not(None), outbox.c.taken_at.is_(None))
_COLUMNS = (outbox.c.id, outbox.c.queue, outbox.c.type, outbox.c.after, outbox.c.sends, outbox.c.envelope)


def claim_unsent(session: Session) -> list[Any]:
    """Returns up to 200 rows that were never sent, those of each queue within its window, lanes taking turns."""
    claimed: list[Any] = []
    for queue, in_broker in _waiting_queues(session):
        room = min(BATCH - len(claimed), traffic(queue).window - in_broker)
        if room > 0:
            claimed += _locked(session, select(*_COLUMNS).where(outbox.c.id.in_(_taking_turns(queue, room))))
    return claimed


def _waiting_queues(session: Session) -> Sequence[tuple[str, int]]:
    """Returns the queues that have unsent rows, each with how many of its rows are on their way.

    Counting costs a scan of as many index entries, which the window bounds.
    """
    queue = func.unnest(array(ALL_QUEUES, type_=Text)).column_valued("queue")
    unsent = (outbox.c.queue == queue, outbox.c.sent_at.is_(None), outbox.c.type != RECEIPT)
    # In the order of ix_outbox_unsent, so that its first entry tells.
    first = select(outbox.c.id).where(*unsent).order_by(outbox.c.lane, outbox.c.id).limit(1).scalar_subquery()
    on_their_way = select(func.count()).where(outbox.c.queue == queue, _IN_BROKER).scalar_subquery()
    found = session.execute(select(queue, on_their_way).where(first.is_not(None)))
    return [(name, count) for name, count in found]


def _taking_turns(queue: str, room: int) -> Select[tuple[Any]]:
    """Returns the ids of the first unsent rows of all lanes, then the second ones, and so on.

    It jumps from lane to lane in the index (a loose index scan) and reads at most `room` entries of each, so its cost
    is the number of lanes times `room` at worst, whatever the length of the backlog.
    """
    unsent = and_(outbox.c.queue == queue, outbox.c.sent_at.is_(None), outbox.c.type != RECEIPT)
    lanes = select(func.min(outbox.c.lane).label("lane")).where(unsent).cte("lanes", recursive=True)
    following = select(func.min(outbox.c.lane)).where(unsent, outbox.c.lane > lanes.c.lane).scalar_subquery()
    lanes = lanes.union_all(select(following).where(lanes.c.lane.is_not(None)))
    turn = func.row_number().over(order_by=outbox.c.id).label("turn")
    first = select(outbox.c.id).where(unsent, outbox.c.lane == lanes.c.lane).order_by(outbox.c.id).limit(room)
    queued = first.add_columns(turn).lateral("queued")
    return select(queued.c.id).select_from(lanes.join(queued, true())).order_by(queued.c.turn, queued.c.id).limit(room)


def claim_forgotten(session: Session, memory: str | None) -> list[Any]:
    """Returns up to 200 rows that were sent into another memory of the broker than the present one."""
    if memory is None:
        return []
    return _locked(session, _on_their_way(outbox.c.sent_into.is_distinct_from(memory)))


def overdue_queues(session: Session, now: datetime) -> Sequence[str]:
    """Returns the queues of which a row could be overdue."""
    late = select(outbox.c.queue).where(_IN_BROKER, outbox.c.sent_at < now - FIRST_PAUSE * _LEAST)
    return session.scalars(late.distinct()).all()


def claim_overdue(session: Session, drained: Collection[str], now: datetime) -> list[Any]:
    """Returns up to 200 rows that are on their way for longer than their pause, of queues that nothing waits in.

    Those whose queue is not empty wait there: copies would only make the wait longer. After an hour they count as lost
    all the same, because a queue that is always busy must not hide a loss.
    """
    waited_long = outbox.c.sent_at < literal(now) - _pause()
    is_lost = or_(and_(outbox.c.queue.in_(drained), waited_long) if drained else false(), _at_last(now))
    return _locked(session, _on_their_way(is_lost))


def _at_last(now: datetime) -> ColumnElement[bool]:
    return outbox.c.sent_at < now - LOST_AT_LAST


_LEAST, _SPREAD = 0.8, 0.4


def _pause() -> ColumnElement[timedelta]:
    """15 s, doubled by each send, 30 min at most; a fifth more or less, by what the id and the number of sends hash to.

    By a hash and not by chance, because a row is looked at every second: by chance it would soon find a short pause.
    """
    first, longest = FIRST_PAUSE.total_seconds(), LONGEST_PAUSE.total_seconds()
    grown: ColumnElement[float] = func.least(
        first * func.power(2, func.least(outbox.c.sends - 1, 10)), longest, type_=Double()
    )
    chance = func.mod(func.abs(func.hashtext(cast(outbox.c.id, Text) + cast(outbox.c.sends, Text))), 1000) / 1000.0
    return func.make_interval(0, 0, 0, 0, 0, 0, grown * (_LEAST + _SPREAD * chance), type_=Interval())


def _on_their_way(condition: ColumnElement[bool]) -> Select[Any]:
    # In the order of the index of such rows, which is short; by id, PostgreSQL would read the whole outbox.
    rows = select(*_COLUMNS).where(_IN_BROKER, condition)
    return rows.order_by(outbox.c.queue, outbox.c.sent_at).limit(BATCH)


def _locked(session: Session, rows: Select[Any]) -> list[Any]:
    """Returns the rows that no other relay has, in the order of writing."""
    return sorted(session.execute(rows.with_for_update(skip_locked=True)), key=lambda row: row.id)
