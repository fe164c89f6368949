"""Reads of what officials chose, of digests, and of what a digest lists."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from approval_svc.domain.approvals import State
from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.domain.digests import Mails
from approval_svc.tables import (
    ApprovalRow,
    AskingRow,
    DeadlineRow,
    DigestEntryRow,
    DigestRow,
    OfficialPreferencesRow,
    OfficialRow,
    RequestRow,
)


def preferences_of(session: Session, user_id: str) -> OfficialPreferencesRow | None:
    """Returns what the person chose, or None when they chose nothing."""
    return session.get(OfficialPreferencesRow, user_id)


def lock_preferences(session: Session, user_id: str) -> OfficialPreferencesRow | None:
    """Returns what the person chose, read afresh under a lock, or None when they chose nothing."""
    theirs = select(OfficialPreferencesRow).where(OfficialPreferencesRow.user_id == user_id)
    return session.scalar(theirs.with_for_update().execution_options(populate_existing=True))


def is_any_due(session: Session, now: datetime) -> bool:
    """Whether the daily digest of anybody is due."""
    due = select(OfficialPreferencesRow.user_id).where(OfficialPreferencesRow.next_digest_at <= now)
    return session.scalar(due.limit(1)) is not None


def claim_due(session: Session, now: datetime, limit: int) -> Sequence[OfficialPreferencesRow]:
    """Locks up to `limit` people whose daily digest is due, those due longest first; whom another beat has, it keeps.

    Rows that are not due are not looked at (ix_official_preferences_next_digest_at).
    """
    due = select(OfficialPreferencesRow).where(OfficialPreferencesRow.next_digest_at <= now)
    ordered = due.order_by(OfficialPreferencesRow.next_digest_at, OfficialPreferencesRow.user_id).limit(limit)
    return session.scalars(ordered.with_for_update(skip_locked=True)).all()


def only_by_digest(session: Session, officials: Collection[OfficialRow]) -> tuple[UUID, ...]:
    """Returns the ids of those of the officials who want no mail of its own about each request."""
    chosen = select(OfficialPreferencesRow.user_id).where(
        OfficialPreferencesRow.user_id.in_({each.user_id for each in officials}),
        OfficialPreferencesRow.mails == Mails.DIGEST,
    )
    people = set(session.scalars(chosen))
    return tuple(each.id for each in officials if each.user_id in people)


def rows_of(session: Session, user_id: str) -> Sequence[OfficialRow]:
    """Returns the person's rows in the directory that are active, the longest-serving first."""
    theirs = select(OfficialRow).where(OfficialRow.user_id == user_id, OfficialRow.active)
    return session.scalars(theirs.order_by(OfficialRow.added_at, OfficialRow.id)).all()


def waiting_askings(
    session: Session, user_id: str, approval_ids: Collection[UUID] | None = None
) -> Sequence[AskingRow]:
    """Returns what waits for the person, or what of these approvals does; the oldest request first.

    Who is asked about one approval as two officials has two.
    """
    waiting = (
        select(AskingRow)
        .join(AskingRow.approval)
        .join(AskingRow.official)
        .join(ApprovalRow.request)
        .where(
            ApprovalRow.state == State.ASKED,
            AskingRow.ended_at.is_(None),
            OfficialRow.user_id == user_id,
            OfficialRow.active,
        )
    )
    if approval_ids is not None:
        waiting = waiting.where(AskingRow.approval_id.in_(approval_ids))
    ordered = waiting.order_by(RequestRow.submitted_at, ApprovalRow.id, AskingRow.official_id)
    whole = joinedload(AskingRow.approval).joinedload(ApprovalRow.request)
    return session.scalars(ordered.options(whole, joinedload(AskingRow.official))).all()


def decide_by(session: Session, approval_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Returns when the next authority is asked about each approval, or it expires; none while its clock rests."""
    due = (
        select(DeadlineRow.approval_id, func.min(DeadlineRow.due_at).label("due_at"))
        .where(
            DeadlineRow.approval_id.in_(approval_ids),
            DeadlineRow.kind.in_([DeadlineKind.ESCALATION, DeadlineKind.EXPIRY]),
            DeadlineRow.ended_at.is_(None),
            DeadlineRow.due_at.is_not(None),
        )
        .group_by(DeadlineRow.approval_id)
    )
    return {row.approval_id: row.due_at for row in session.execute(due)}


def listed_before(session: Session, user_id: str, approval_ids: Collection[UUID]) -> set[UUID]:
    """Returns those of the approvals that a digest to this person has listed."""
    listed = (
        select(DigestEntryRow.approval_id)
        .join(DigestRow, DigestRow.id == DigestEntryRow.digest_id)
        .where(DigestEntryRow.approval_id.in_(approval_ids), DigestRow.user_id == user_id)
    )
    return set(session.scalars(listed))


def find_digest(session: Session, digest_id: UUID) -> DigestRow | None:
    """Returns the digest with its official and what it listed, in the mail's order, or None."""
    entries = selectinload(DigestRow.entries).joinedload(DigestEntryRow.approval)
    return session.get(
        DigestRow,
        digest_id,
        options=[
            joinedload(DigestRow.official),
            entries.joinedload(ApprovalRow.request),
            entries.selectinload(ApprovalRow.askings).joinedload(AskingRow.official),
        ],
    )


def was_made(session: Session, user_id: str, day: date) -> bool:
    """Whether the person has had the digest of that day."""
    made = select(DigestRow.id).where(DigestRow.user_id == user_id, DigestRow.day == day)
    return session.scalar(made) is not None
