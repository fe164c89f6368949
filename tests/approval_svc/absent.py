"""Officials who are absent, and the ticks that begin and end it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from approval_svc.tables import AbsenceRow, ApprovalRow, OfficialRow
from approval_svc.use_cases.keeping_absences import keep_absences
from approval_svc.use_cases.plan_absence import Wanted, enter_absence
from shared.db import Database
from tests.approval_svc.factories import LIFETIME, NOW

TODAY, TOMORROW, NEXT_WEEK = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 30)


def absent(
    session: Session, who: OfficialRow, substitute: OfficialRow, first: date = TODAY, last: date = TOMORROW
) -> AbsenceRow:
    """Enters an absence, at NOW; one that begins today takes effect."""
    wanted = Wanted(first_day=first, last_day=last, substitute=substitute.user_id)
    return enter_absence(session, who.user_id, wanted, LIFETIME, NOW)


def tick(database: Database, now: datetime) -> int:
    """One tick of one beat."""
    with database.transaction() as session:
        return keep_absences(session, LIFETIME, now)


def acting(approval: ApprovalRow) -> dict[str, list[str]]:
    """Returns for whom those who may decide the approval now act, by user id: names of absent officials."""
    live = [asking for asking in approval.askings if asking.ended_at is None]
    return {asking.official.user_id: [each["name"] for each in asking.acts_for] for asking in live}


def entries(session: Session, table: Any, action: str) -> list[Any]:
    """Returns the entries of the audit with that action, oldest first."""
    return list(session.execute(select(table).where(table.c.action == action).order_by(table.c.seq)))
