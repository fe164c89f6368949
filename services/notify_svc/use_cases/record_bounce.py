"""A mail came back after a server had taken it: the ledger says so, and who counted on the mail is told.

Webhooks and returned mails end here alike.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from notify_svc.domain.bounces import ADDRESS_IS_DEAD, ENDS, Kind, Report
from notify_svc.domain.notices import NEXT, State
from notify_svc.tables import Bounce, Notice
from notify_svc.use_cases.give_up import give_up
from shared.ids import new_id


class Recorded(StrEnum):
    """What became of a report. `seen`: it had come before. `nobodys`: it names no mail of ours."""

    TAKEN = "taken"
    SEEN = "seen"
    NOBODYS = "nobodys"


def record_bounces(session: Session, reports: Iterable[Report], now: datetime) -> list[Recorded]:
    """Records each report; in the order of their mails, so that two callers wait for each other."""
    return [record_bounce(session, each, now) for each in sorted(reports, key=lambda each: each.mail_id)]


def record_bounce(session: Session, report: Report, now: datetime) -> Recorded:
    """Adds a report to the ledger, once; when the mail is not coming, its notice ends and `NoticeFailed` is written.

    A delay, and a report on a notice that had ended otherwise, is only noted.
    """
    notice = _find(session, report.mail_id)
    if not _remember(session, report, notice.id if notice else None, now):
        return Recorded.SEEN
    if notice is None:
        return Recorded.NOBODYS
    if report.kind in ENDS and State.BOUNCED in NEXT[notice.state]:
        permanent = report.kind in ADDRESS_IS_DEAD
        give_up(session, notice, _reason(report), now, permanent=permanent, end=State.BOUNCED)
    return Recorded.TAKEN


def _find(session: Session, mail_id: str) -> Notice | None:
    if not mail_id:
        return None
    return session.scalar(select(Notice).where(Notice.mail_id == mail_id).with_for_update())


def _remember(session: Session, report: Report, notice_id: UUID | None, now: datetime) -> bool:
    statement = insert(Bounce).values(
        id=new_id(),
        source=report.source,
        event_id=report.event_id,
        notice_id=notice_id,
        kind=report.kind,
        status=report.status,
        answer=report.answer,
        received_at=now,
    )
    return session.scalar(statement.on_conflict_do_nothing().returning(Bounce.id)) is not None


def _reason(report: Report) -> str:
    what = {
        Kind.REFUSED: "Came back: the address takes no mail.",
        Kind.COMPLAINT: "The recipient called it spam; the provider sends nothing more to the address.",
        Kind.GIVEN_UP: "Came back undelivered.",
    }[report.kind]
    return f"{what} {report.answer}".strip()
