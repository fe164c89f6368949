"""What became of a digest's mail: it told the official of everything that it listed, or of nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from approval_svc import digest_queries, queries
from approval_svc.mail_queries import DIGEST
from approval_svc.tables import AskingRow, DigestRow, OfficialRow
from approval_svc.use_cases.mark_unreachable import pass_over
from approval_svc.use_cases.reroute import reroute_and_tell
from shared.contracts import NoticeFailed, NoticeSent


def is_digest(message: NoticeSent | NoticeFailed) -> bool:
    """Whether the mail was a digest; its correlation id is then the digest's id."""
    return message.template == DIGEST


def record_digest_sent(session: Session, message: NoticeSent, digest_id: UUID) -> None:
    """Ends the doubt whether the official knows of what the digest listed, where an earlier mail did not arrive."""
    digest = digest_queries.find_digest(session, digest_id)
    for asking in _waiting(session, digest) if digest else ():
        if asking.undelivered_at is not None:
            asking.mail_arrived(message.notice_id)


def record_digest_failed(
    session: Session, message: NoticeFailed, digest_id: UUID, lifetime: timedelta, now: datetime
) -> None:
    """Passes the official over when the address was refused for good, as with any mail that asks for a decision.

    Otherwise operations see that no mail told the official of what the digest listed. What came back after somebody
    vouched for the address passes nobody over.
    """
    if message.permanent:
        queries.lock_directory(session)
    digest = digest_queries.find_digest(session, digest_id)
    if digest is None:
        return
    officials = list(_with_address(session, digest)) if message.permanent else []
    for official in officials:
        pass_over(session, official, message.reason, now)
    reroute_and_tell(session, [official.authority for official in officials], lifetime, now)
    for asking in () if officials else _waiting(session, digest):
        asking.mail_failed(message.notice_id, message.reason, message.failed_at)


def _waiting(session: Session, digest: DigestRow) -> Iterator[AskingRow]:
    """Yields what the digest listed and its reader is still asked, each with its request locked, in their order."""
    for entry in sorted(digest.entries, key=lambda each: each.approval.request_id):
        queries.lock_request(session, entry.approval.request_id)
        asking = queries.asking_of(entry.approval, entry.official_id)
        if asking is not None and asking.ended_at is None and asking.asked_at <= digest.made_at:
            yield asking


def _with_address(session: Session, digest: DigestRow) -> Iterator[OfficialRow]:
    """Yields the person's rows that hold the address which the digest went to, unless somebody vouched for it since."""
    if digest.official.address_since > digest.made_at:
        return
    same = select(OfficialRow).where(
        OfficialRow.user_id == digest.user_id, OfficialRow.email == digest.official.email, OfficialRow.reachable
    )
    yield from session.scalars(same.order_by(OfficialRow.id)).all()
