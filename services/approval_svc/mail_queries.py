"""Reads of what became of the mails that asked officials."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from approval_svc.domain.approvals import State
from approval_svc.tables import ApprovalRow, AskingRow, OfficialRow

ASKING = frozenset({"decision_wanted", "escalated", "handed_over"})
"""The emails that ask somebody for a decision for the first time, as notify_svc names them."""
TO_OFFICIALS = frozenset(
    {"absence_begun", "acting_for", "few_officials", "given_back", "opinion_asked", "review_closed", "review_due"}
)
"""The emails that go to somebody because they are an official, but ask for no decision, as notify_svc names them."""
OF_QUESTIONS = frozenset({"question", "question_reminder"})
"""The emails that ask a requester for an answer, as notify_svc names them."""
DIGEST = "digest"
"""The email that lists several approvals, as notify_svc names it."""
MOST = 200


def askings_mailed(session: Session, approval_id: UUID, user_id: str) -> Sequence[AskingRow]:
    """Returns the askings that a mail to this person about this approval stood for, if they still wait."""
    return session.scalars(
        select(AskingRow)
        .join(AskingRow.official)
        .where(AskingRow.approval_id == approval_id, OfficialRow.user_id == user_id, AskingRow.ended_at.is_(None))
        .order_by(AskingRow.official_id)
    ).all()


def told_at(session: Session, user_id: str, written_at: datetime) -> Sequence[OfficialRow]:
    """Returns the rows of an official whom a mail of that time went to: those with the only address that they have.

    None when they have several, since then nobody knows which it went to, or when somebody vouched for it since.
    """
    theirs = (OfficialRow.user_id == user_id, OfficialRow.active, OfficialRow.reachable)
    rows = session.scalars(select(OfficialRow).where(*theirs).order_by(OfficialRow.id)).all()
    is_known = len({row.email for row in rows}) == 1 and all(row.address_since <= written_at for row in rows)
    return rows if is_known else ()


def undelivered(session: Session) -> Sequence[AskingRow]:
    """Returns up to 200 askings whose official got no mail and may still decide; the longest known first."""
    return session.scalars(
        select(AskingRow)
        .join(AskingRow.approval)
        .where(AskingRow.undelivered_at.is_not(None), AskingRow.ended_at.is_(None), ApprovalRow.state == State.ASKED)
        .order_by(AskingRow.undelivered_at, AskingRow.approval_id, AskingRow.official_id)
        .limit(MOST)
        .options(joinedload(AskingRow.official), joinedload(AskingRow.approval).joinedload(ApprovalRow.request))
    ).all()


def count_undelivered(session: Session) -> int:
    """Returns how many askings never arrived and still wait."""
    return session.scalars(
        select(func.count())
        .select_from(AskingRow)
        .join(AskingRow.approval)
        .where(AskingRow.undelivered_at.is_not(None), AskingRow.ended_at.is_(None), ApprovalRow.state == State.ASKED)
    ).one()
