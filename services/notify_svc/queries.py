"""Reads of the ledger, for pages and the command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from notify_svc.domain.notices import State
from notify_svc.emails import digest
from notify_svc.tables import Notice

PAGE = 25


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which notices are wanted; None means any. `before` is the id of the last notice of the page before."""

    state: State | None = None
    request_id: UUID | None = None
    recipient_id: str | None = None
    before: UUID | None = None


def find_notices(session: Session, wanted: Filter, limit: int = PAGE) -> Sequence[Notice]:
    """Returns up to `limit` notices, the newest first: their ids sort by the time of writing."""
    statement = select(Notice).order_by(Notice.id.desc()).limit(limit)
    if wanted.state:
        statement = statement.where(Notice.state == wanted.state)
    if wanted.request_id:
        statement = statement.where(Notice.request_id == wanted.request_id)
    if wanted.recipient_id:
        statement = statement.where(Notice.recipient_id == wanted.recipient_id)
    if wanted.before:
        statement = statement.where(Notice.id < wanted.before)
    return session.scalars(statement).all()


def find_notice(session: Session, notice_id: UUID) -> Notice | None:
    """Returns a notice with its deliveries and bounces, or None."""
    return session.get(Notice, notice_id, options=[selectinload(Notice.deliveries), selectinload(Notice.bounces)])


def count_by_state(session: Session) -> dict[State, int]:
    """Returns the number of notices in every state, 0 included."""
    found = session.execute(select(Notice.state, func.count().label("notices")).group_by(Notice.state))
    return dict.fromkeys(State, 0) | {row.state: row.notices for row in found}


@dataclass(frozen=True, kw_only=True)
class DigestShare:
    """How many of the mails that were sent are digests, and how many requests these listed."""

    digests: int
    mails: int
    listed: int


def digests_among_mails(session: Session) -> DigestShare:
    """Returns the share of digests among all mails that a mail server took."""
    is_digest = Notice.template == digest.EMAIL.name
    listed = func.jsonb_array_length(Notice.context["entries"])
    counted = select(
        func.count().filter(is_digest).label("digests"),
        func.count().label("mails"),
        func.coalesce(func.sum(listed).filter(is_digest), 0).label("listed"),
    ).where(Notice.state == State.SENT)
    row = session.execute(counted).one()
    return DigestShare(digests=row.digests, mails=row.mails, listed=int(row.listed))
