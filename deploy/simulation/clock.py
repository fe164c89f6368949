"""The moved clock: it goes from one due time to the next, and never waits."""

from datetime import datetime, timedelta

from sqlalchemy import case, func, select

from approval_svc.tables import AbsenceRow, DeadlineRow, OfficialPreferencesRow, QuestionRow
from deploy.simulation.post import Post, UndeliveredError
from notify_svc.domain.notices import State
from notify_svc.tables import Notice
from notify_svc.use_cases.requeue_due import requeue_due
from shared.beat import Tick, run_tick

SELDOM = timedelta(days=1)
"""How often all that the beat does is done, also what has nothing to do here."""
TICKS = {
    "begin and end absences": select(
        func.min(case((AbsenceRow.begun_at.is_(None), AbsenceRow.begins_at), else_=AbsenceRow.ends_at))
    ).where(AbsenceRow.over_at.is_(None)),
    "do what is due": select(func.min(DeadlineRow.due_at)).where(DeadlineRow.ended_at.is_(None)),
    "remind of questions, and let the clock go on": select(func.min(QuestionRow.next_at)),
    "mail daily digests": select(func.min(OfficialPreferencesRow.next_digest_at)),
}
"""When those ticks have something to do next, which are run at that very instant."""
SWEEP = "sweep"
WAITING = select(func.min(Notice.due_at)).where(Notice.state == State.QUEUED)


class Clock:
    """Lets time pass over both services: beat and sweep look at exactly the instants at which something is due."""

    def __init__(self, post: Post, schedule: tuple[Tick, ...], start: datetime) -> None:
        self._post, self._schedule, self.now = post, schedule, start
        self._all_done = start
        if unknown := TICKS.keys() - {tick.name for tick in schedule}:
            raise UndeliveredError(f"the beat has no such tick: {', '.join(unknown)}")

    def run_until(self, end: datetime) -> None:
        """Does everything that is due before `end`, in order; then it is `end`."""
        while True:
            due = self._due()
            now = min(self._all_done + SELDOM, *due.values())
            if now >= end:
                break
            self.now = max(now, self.now)
            self._turn({name for name, at in due.items() if at <= self.now})
        self.now = end

    def _due(self) -> dict[str, datetime]:
        """Returns when there is something to do next; at the latest when all that the beat does is."""
        last = self._all_done + SELDOM
        with self._post.approvals.database.transaction() as session:
            found = {name: session.scalar(due) or last for name, due in TICKS.items()}
        with self._post.notices.database.transaction() as session:
            return found | {SWEEP: session.scalar(WAITING) or last}

    def _turn(self, due: set[str]) -> None:
        everything = self.now >= self._all_done + SELDOM
        for tick in self._schedule:
            wanted = everything or tick.name in due
            if wanted and not run_tick(self._post.approvals.database, tick, self.now):
                raise UndeliveredError(f"the tick failed: {tick.name}")
        self._all_done = self.now if everything else self._all_done
        if SWEEP in due:
            with self._post.notices.database.transaction() as session:
                requeue_due(session, self.now)
        self._post.carry(self.now)
