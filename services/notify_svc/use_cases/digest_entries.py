"""What a digest that is not sent yet still lists: an approval that is closed, or moved to others, leaves it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.orm import Session

from notify_svc.domain.notices import State
from notify_svc.emails.email import Context
from notify_svc.tables import ClosedApproval, DigestEntry, Notice
from shared.contracts import DigestKind

ENTRIES = "entries"
IN_PLACE_OF_MAILS = (DigestKind.ASKED, DigestKind.HANDED_OVER, DigestKind.TOGETHER)
"""The kinds whose readers have not chosen them: they would have had a mail about each approval."""


def closed_of(session: Session, approval_ids: Collection[UUID]) -> set[UUID]:
    """Returns those of the approvals that need no decision any more."""
    return set(session.scalars(select(ClosedApproval.approval_id).where(ClosedApproval.approval_id.in_(approval_ids))))


def keep(session: Session, notice_id: UUID, approval_ids: Collection[UUID]) -> None:
    """Keeps what the notice lists."""
    session.execute(insert(DigestEntry), [{"notice_id": notice_id, "approval_id": each} for each in approval_ids])


def readers(session: Session, approval_id: UUID) -> set[str]:
    """Returns the user ids of those whom a digest in place of mails has told of the approval, or is telling."""
    reached = (
        select(Notice.recipient_id)
        .join(DigestEntry, DigestEntry.notice_id == Notice.id)
        .where(
            DigestEntry.approval_id == approval_id,
            Notice.state.in_([State.SENDING, State.SENT]),
            Notice.context["kind"].astext.in_(IN_PLACE_OF_MAILS),
        )
    )
    return set(session.scalars(reached))


def call_off(session: Session, approval_id: UUID, now: datetime, recipients: Sequence[str] | None, reason: str) -> None:
    """Takes the approval out of every digest, or of those to some people; one with nothing left is not sent."""
    lists = delete(DigestEntry).where(DigestEntry.approval_id == approval_id)
    if recipients is not None:
        theirs = select(Notice.id).where(Notice.id == DigestEntry.notice_id, Notice.recipient_id.in_(recipients))
        lists = lists.where(theirs.exists())
    shorter = session.scalars(lists.returning(DigestEntry.notice_id)).all()
    empty = ~exists().where(DigestEntry.notice_id == Notice.id)
    session.execute(
        update(Notice)
        .where(Notice.id.in_(shorter), Notice.state == State.QUEUED, empty)
        .values(state=State.SKIPPED, reason=reason, due_at=None, ended_at=now)
    )


def still_listed(session: Session, notice: Notice) -> Context:
    """Returns what the notice says, with only those of its entries that are of interest still."""
    left = select(DigestEntry.approval_id).where(DigestEntry.notice_id == notice.id)
    ids = {str(each) for each in session.scalars(left)}
    return notice.context | {ENTRIES: [entry for entry in notice.context[ENTRIES] if entry["approval_id"] in ids]}
