"""The moved clock: it goes from one due time to the next, and never waits."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select

from approval_svc.tables import DeadlineRow, OfficialPreferencesRow, QuestionRow
from deploy.simulation.post import Post, UndeliveredError
from notify_svc.domain.notices import State
from notify_svc.tables import Notice
from notify_svc.use_cases.requeue_due import requeue_due
from shared.beat import Tick, run_tick

SELDOM = timedelta(hours=6)
"""How often all that the beat does is done."""
OFTEN = timedelta(minutes=1)
"""What the beat does at least so often is done at every instant at which anything is due."""
DUE = (
    select(func.min(DeadlineRow.due_at)).where(DeadlineRow.ended_at.is_(None)),
    select(func.min(QuestionRow.next_at)),
    select(func.min(OfficialPreferencesRow.next_digest_at)),
)
WAITING = select(func.min(Notice.due_at)).where(Notice.state == State.QUEUED)


class Clock:
    """Lets time pass over both services: beat and sweep look at exactly the instants at which something is due."""

    def __init__(self, post: Post, schedule: tuple[Tick, ...], start: datetime) -> None:
        self._post, self._schedule, self.now = post, schedule, start
        self._all_done = start

    def run_until(self, end: datetime) -> None:
        """Does everything that is due before `end`, in order; then it is `end`."""
        while (due := self._next()) < end:
            self.now = max(due, self.now)
            self._beat()
            self._sweep()
        self.now = end

    def _next(self) -> datetime:
        """Returns the next instant at which something is due: at the latest when all that the beat does is."""
        return min([self._all_done + SELDOM, *self._due()])

    def _due(self) -> Iterator[datetime]:
        with self._post.approvals.database.reading() as session:
            found = [session.scalar(due) for due in DUE]
        with self._post.notices.database.reading() as session:
            found.append(session.scalar(WAITING))
        return (due for due in found if due is not None)

    def _beat(self) -> None:
        everything = self.now >= self._all_done + SELDOM
        for tick in self._schedule:
            if (everything or tick.every <= OFTEN) and not run_tick(self._post.approvals.database, tick, self.now):
                raise UndeliveredError(f"the tick failed: {tick.name}")
        self._all_done = self.now if everything else self._all_done
        self._post.carry(self.now)

    def _sweep(self) -> None:
        with self._post.notices.database.transaction() as session:
            requeue_due(session, self.now)
        self._post.carry(self.now)
