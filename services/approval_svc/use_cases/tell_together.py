"""What is due together is told together: an official for whom several approvals wait has one mail of them all."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from approval_svc import digest_queries
from approval_svc.domain.digests import Told, in_one_mail
from approval_svc.use_cases import digesting
from shared.contracts import ApprovalEscalated, DigestKind, ExpiryAnnounced, ReminderDue
from shared.messaging.outbox import publish

log = structlog.get_logger(__name__)

Due = ReminderDue | ExpiryAnnounced | ApprovalEscalated
"""What one approval has its officials told when a deadline is due."""


def tell_together(session: Session, due: Sequence[tuple[UUID, Due]], at_most: timedelta, now: datetime) -> None:
    """Publishes what a tick has to tell, each with the correlation id of its request.

    Whoever would get several such mails at the same time gets one digest instead; when it cannot be made they get each
    of the mails. The caller holds the requests.
    """
    together = in_one_mail(told for _, message in due for told in _told(message))
    digested: dict[UUID, set[str]] = defaultdict(set)
    newly_asked = {user_id for _, message in due for user_id in _newly_asked(message)}
    for (user_id, not_before), approvals in together.items():
        kind = DigestKind.ASKED if user_id in newly_asked else DigestKind.TOGETHER
        if _make_digest(session, user_id, approvals, kind, at_most, now, not_before):
            for approval_id in approvals:
                digested[approval_id].add(user_id)
    for correlation_id, message in due:
        publish(session, _without(message, digested), correlation_id=correlation_id, now=now)


def _make_digest(
    session: Session,
    user_id: str,
    approvals: Collection[UUID],
    kind: DigestKind,
    at_most: timedelta,
    now: datetime,
    not_before: datetime,
) -> bool:
    try:
        with session.begin_nested():
            askings = digest_queries.waiting_askings(session, user_id, approvals)
            digesting.make(session, askings, kind, at_most, now, not_before=not_before)
    except Exception:
        log.exception("digest could not be made", user_id=user_id)
        return False
    return True


def _newly_asked(message: Due) -> set[str]:
    asked = message.newly_asked if isinstance(message, ApprovalEscalated) else ()
    return {each.user_id for each in message.officials if each.official_id in asked}


def _told(message: Due) -> list[Told]:
    return [
        Told(user_id=official.user_id, approval_id=message.approval_id, not_before=message.not_before)
        for official in message.officials
        if official.official_id not in message.by_digest
    ]


def _without(message: Due, digested: dict[UUID, set[str]]) -> Due:
    people = digested[message.approval_id]
    more = (each.official_id for each in message.officials if each.user_id in people)
    return replace(message, by_digest=tuple(dict.fromkeys((*message.by_digest, *more))))
