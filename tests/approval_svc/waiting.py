"""An approval that waits, and the ticks that come over it: time passes by the argument."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.tables import ApprovalRow, DeadlineRow
from approval_svc.use_cases.fire_due import fire_due
from shared.contracts import RoleRequested
from shared.db import Database
from tests.approval_svc.factories import LIFETIME, general_user, official, route

MONDAY = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)
"""10:00 in Alabama."""
TICK = timedelta(hours=1)


def asked_on(session: Session, when: datetime = MONDAY, *, chain: bool = True, **differently: Any) -> RoleRequested:
    """Puts a request before Loretta of Alabama; with `chain` there are officials of CMS and of the help desk too."""
    official(session, "state", "AL", "loretta")
    if chain:
        official(session, "cms", "cms", "margaret")
        official(session, "help-desk", "help-desk", "henry")
    request = general_user(submitted_at=when, **differently)
    route(session, request, when)
    return request


def tick(database: Database, now: datetime) -> int:
    """One tick of one beat."""
    with database.transaction() as session:
        return fire_due(session, LIFETIME, now)


def run(database: Database, start: datetime, end: datetime, every: timedelta = TICK) -> None:
    """A beat that ticks from `start` to `end`."""
    now = start
    while now <= end:
        tick(database, now)
        now += every


def run_in_time(database: Database, until: datetime) -> None:
    """A beat that ticks at the very instant of each deadline, up to `until`."""
    while waiting := [row.due_at for row in open_rows(database) if row.due_at and row.due_at <= until]:
        tick(database, min(waiting))


def due(database: Database, kind: DeadlineKind, step: int = 1) -> datetime:
    """When a deadline of the only approval is due, or was."""
    with database.reading() as session:
        found = session.scalars(
            select(DeadlineRow.due_at).where(DeadlineRow.kind == kind, DeadlineRow.step == step)
        ).one()
    assert found is not None
    return found


def the_approval(session: Session) -> ApprovalRow:
    """The only approval."""
    return session.scalars(select(ApprovalRow)).one()


def open_rows(database: Database) -> list[DeadlineRow]:
    """What may still happen, of all approvals."""
    with database.reading() as session:
        return list(session.scalars(select(DeadlineRow).where(DeadlineRow.ended_at.is_(None))))
