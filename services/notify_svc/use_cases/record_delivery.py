"""A try to deliver ended: the ledger gets the server's answer, and who counts on the mail is told how it went."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from notify_svc.domain.failures import Answer, DeliveryFailure, FaultOfOurs, PermanentFailure, UnknownOutcome
from notify_svc.domain.notices import FAULT_TRIES, Result, State, pause_after, step
from notify_svc.tables import Delivery, Notice
from notify_svc.use_cases.claim_notice import Claimed
from notify_svc.use_cases.give_up import give_up
from shared.contracts import NoticeSent
from shared.ids import new_id
from shared.messaging.outbox import publish


def record_sent(session: Session, claimed: Claimed, answer: Answer, now: datetime) -> None:
    """Marks the notice sent and writes `NoticeSent`, also when the lease ran out before the server answered."""
    notice = _locked(session, claimed)
    end_try(session, claimed.notice_id, claimed.attempt, Result.TAKEN, answer, now)
    if notice.state in (State.QUEUED, State.SENDING):
        notice.state = step(notice.state, State.SENT)
        notice.due_at, notice.ended_at = None, now
        publish(session, _sent(notice, now), correlation_id=notice.correlation_id, now=now)


def record_failure(
    session: Session, claimed: Claimed, failure: DeliveryFailure, *, max_attempts: int, held: bool, now: datetime
) -> None:
    """Queues the notice again for later, or marks it failed and writes `NoticeFailed`.

    It fails when the server refused it for good or this was the last try; there are fewer when the fault is ours. A
    try whose lease ran out only leaves its line in the ledger: another one has taken over. `held`: it may go on as
    soon as the server is back.
    """
    notice = _locked(session, claimed)
    permanent = isinstance(failure, PermanentFailure)
    end_try(session, claimed.notice_id, claimed.attempt, _result(failure), failure.answer, now)
    if notice.state is not State.SENDING or notice.attempts != claimed.attempt:
        return
    most = min(FAULT_TRIES, max_attempts) if isinstance(failure, FaultOfOurs) else max_attempts
    if permanent or notice.tries >= most:
        give_up(session, notice, str(failure.answer), now, permanent=permanent)
    else:
        notice.state = step(notice.state, State.QUEUED)
        notice.due_at, notice.held = now + pause_after(notice.tries, notice.id), held


def end_try(session: Session, notice_id: UUID, attempt: int, result: Result, answer: Answer, now: datetime) -> None:
    """Completes the ledger's line of a try; what a worker reports late takes the place of "unknown"."""
    ended = {"result": result, "code": answer.code, "answer": answer.text, "ended_at": now}
    line = update(Delivery).where(Delivery.notice_id == notice_id, Delivery.attempt == attempt).values(ended)
    if session.scalars(line.returning(Delivery.id)).first() is None:
        # Begun by a worker from before tries were written when they begin.
        session.add(Delivery(id=new_id(), notice_id=notice_id, attempt=attempt, begun_at=None, **ended))


def _result(failure: DeliveryFailure) -> Result:
    if isinstance(failure, UnknownOutcome):
        return Result.UNKNOWN
    return Result.REFUSED if isinstance(failure, PermanentFailure) else Result.PUT_OFF


def _locked(session: Session, claimed: Claimed) -> Notice:
    return session.scalars(select(Notice).where(Notice.id == claimed.notice_id).with_for_update()).one()


def _sent(notice: Notice, now: datetime) -> NoticeSent:
    return NoticeSent(
        notice_id=notice.id,
        template=notice.template,
        recipient=notice.recipient_id,
        request_id=notice.request_id,
        approval_id=notice.approval_id,
        sent_at=now,
    )
