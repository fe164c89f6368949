"""What became of a mail, as a line in the request's history."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.mail_queries import ASKING, askings_mailed
from approval_svc.tables import AskingRow, OfficialRow, RequestRow
from approval_svc.use_cases import telling
from shared.contracts import NoticeFailed, NoticeSent
from shared.messaging.inbox import NotYetError


def record_delivery(session: Session, message: NoticeSent) -> None:
    """Notes that a mail about a request was sent; mail about no request is nobody's history here.

    Raises:
        NotYetError: the request itself has not arrived.
    """
    if message.request_id is not None:
        name = recipient_name(session, message.request_id, message.recipient)
        text = f"Mail to {name} was sent ({_title(message.template)})."
        telling.note(session, text, request_id=message.request_id, approval_id=message.approval_id, now=message.sent_at)
        for asking in _askings(session, message):
            asking.mail_arrived(message.notice_id)


def mark_undelivered(session: Session, message: NoticeFailed) -> None:
    """Marks what the official was asked by this mail: they stay asked, and operations see that they may not know."""
    for asking in _askings(session, message):
        asking.mail_failed(message.notice_id, message.reason, message.failed_at)


def _askings(session: Session, message: NoticeSent | NoticeFailed) -> Sequence[AskingRow]:
    """Returns what the mail asked for, with its request locked; nothing for mails that ask for nothing."""
    if message.request_id is None or message.approval_id is None or message.template not in ASKING:
        return ()
    queries.lock_request(session, message.request_id)
    return askings_mailed(session, message.approval_id, message.recipient)


def note_failure(
    session: Session, request_id: UUID, approval_id: UUID | None, recipient: str, template: str, now: datetime
) -> None:
    """Notes that a mail could not be delivered. Raises NotYetError."""
    name = recipient_name(session, request_id, recipient)
    text = f"Mail to {name} could not be delivered ({_title(template)})."
    telling.note(session, text, request_id=request_id, approval_id=approval_id, now=now)


def recipient_name(session: Session, request_id: UUID, user_id: str) -> str:
    """Returns the name of the requester or the official with this user id. Raises NotYetError."""
    request = session.get(RequestRow, request_id)
    if request is None:
        raise NotYetError(f"request {request_id}")
    if request.requester_user_id == user_id:
        return request.requester_name
    return session.scalar(select(OfficialRow.name).where(OfficialRow.user_id == user_id).limit(1)) or user_id


def _title(template: str) -> str:
    return template.replace("_", " ").replace("-", " ")
