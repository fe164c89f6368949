"""Mail to an official came back: the next one is asked at once, or operations are shown who may not know."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.mail_queries import TO_OFFICIALS, told_at
from approval_svc.tables import AskingRow, OfficialRow
from approval_svc.use_cases.lapsing import lapse_refused
from approval_svc.use_cases.record_delivery import mark_undelivered, note_failure
from approval_svc.use_cases.reroute import reroute_and_tell
from shared import audit
from shared.contracts import NoticeFailed


def mark_unreachable(session: Session, message: NoticeFailed, lifetime: timedelta, now: datetime) -> None:
    """Passes the official over from now on, wherever they stand, and routes again what waited for them.

    Mail whose tries ran out while the address may be good passes nobody over: the official stays asked, and operations
    see that no mail told them so. So it is with mail that was asked for before somebody vouched for the address:
    bounces may come days later, and must not undo that it was mended. Mail that goes to officials as such, of absences,
    reviews or for an opinion, says the same of their address. A question that is refused is not waited for any more.
    Of any other mail the history alone tells.

    Raises:
        NotYetError: the request itself has not arrived.
    """
    if may_pass_over(message):
        queries.lock_directory(session)
    if message.request_id is not None:
        note_failure(
            session, message.request_id, message.approval_id, message.recipient, message.template, message.failed_at
        )
        lapse_refused(session, message, lifetime, now)
    officials = _reached(session, message) if may_pass_over(message) else []
    if not officials:
        mark_undelivered(session, message)
    for official in officials:
        pass_over(session, official, message.reason, now)
    reroute_and_tell(session, [official.authority for official in officials], lifetime, now)


def may_pass_over(message: NoticeFailed) -> bool:
    """Whether somebody may be passed over because of this: the directory is then changed."""
    return message.permanent and (message.request_id is not None or message.template in TO_OFFICIALS)


def pass_over(session: Session, official: OfficialRow, answer: str, now: datetime) -> None:
    """Asks the official nothing any more, because mail to them is refused. The caller has the directory, and routes."""
    official.refuse(answer, now)
    audit.record(
        session,
        audit.Action.OFFICIAL_UNREACHABLE,
        ("official", official.id),
        now=now,
        before={"reachable": True},
        after={"reachable": False, "answer": answer},
    )


def _reached(session: Session, message: NoticeFailed) -> Sequence[OfficialRow]:
    """Returns the person's rows that hold the address which mail to an official went to, and can still be asked."""
    if message.template not in TO_OFFICIALS:
        return _asked(session, message)
    return told_at(session, message.recipient, message.written_at) if message.written_at else ()


def _asked(session: Session, message: NoticeFailed) -> list[OfficialRow]:
    """Returns the person's rows that hold the address which the failed mail went to, and can still be asked."""
    asked = (
        select(OfficialRow.email)
        .join(AskingRow)
        .where(
            AskingRow.approval_id == message.approval_id,
            OfficialRow.user_id == message.recipient,
            OfficialRow.address_since <= AskingRow.asked_at,
        )
    )
    same_address = select(OfficialRow).where(
        OfficialRow.user_id == message.recipient, OfficialRow.email.in_(asked), OfficialRow.reachable
    )
    return list(session.scalars(same_address.order_by(OfficialRow.id)))
