"""Operations have mended what kept a notice from its recipient: it is sent again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notify_svc.domain.notices import TAKEN_UP_WITHIN, State, step
from notify_svc.tables import Notice
from shared import audit
from shared.contracts import NoticeQueued
from shared.messaging.outbox import publish

ENDED_UNDELIVERED = (State.FAILED, State.BOUNCED)


class NotUndeliveredError(LookupError):
    """There is no such notice, or it did not fail or come back: somebody else was quicker."""


def send_again(session: Session, notice_id: UUID, now: datetime) -> None:
    """Queues a notice that failed or came back, with as many tries as a new one, and writes `NoticeQueued`.

    It goes to the address that it was written to, with the same Message-ID. One that asks for a decision which is
    not wanted any more is skipped when its turn comes.

    Raises:
        NotUndeliveredError: there is nothing to send again.
    """
    undelivered = select(Notice).where(Notice.id == notice_id, Notice.state.in_(ENDED_UNDELIVERED))
    notice = session.scalar(undelivered.with_for_update())
    if notice is None:
        raise NotUndeliveredError(str(notice_id))
    before = {"state": notice.state, "answer": notice.reason}
    notice.state = step(notice.state, State.QUEUED)
    notice.attempts_before, notice.held = notice.attempts, False
    notice.reason, notice.ended_at, notice.due_at = None, None, now + TAKEN_UP_WITHIN
    audit.record(
        session,
        audit.Action.NOTICE_SENT_AGAIN,
        ("notice", notice.id),
        now=now,
        before=before,
        after={"state": notice.state},
        correlation_id=notice.correlation_id,
    )
    queued = NoticeQueued(notice_id=notice.id, queued_at=now)
    publish(session, queued, correlation_id=notice.correlation_id, now=now)
