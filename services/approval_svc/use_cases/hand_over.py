"""An official hands an approval over to another one who can decide it, with a note."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.assignment_queries import assignment_of
from approval_svc.domain.approvals import Way
from approval_svc.domain.talking import NO_NOTE, receiver, written
from approval_svc.tables import ApprovalRow, AskingRow, HandoverRow, OfficialRow
from approval_svc.use_cases import auditing, telling
from approval_svc.use_cases.asking import ask_wanted
from approval_svc.use_cases.in_hand import doer, take_in_hand
from approval_svc.use_cases.reminding import fresh_links
from approval_svc.use_cases.tell_handed_over import TOLD_WITHIN, tell_of_one
from approval_svc.use_cases.timing import link_lifetime
from shared import audit
from shared.audit import Action
from shared.contracts import ApprovalReassigned, ClosedBecause
from shared.ids import new_id
from shared.messaging.outbox import publish


def hand_over(
    session: Session,
    approval_id: UUID,
    official_id: UUID,
    receiver_user_id: str,
    note: str,
    way: Way,
    *,
    always_sign_in: bool,
    at_most: timedelta,
    now: datetime,
    one_of_many: bool = False,
) -> None:
    """Puts the approval before the receiver in place of the official; others who are asked stay asked.

    It stays so when the directory changes, until the receiver cannot decide any more. `at_most` is how long links may
    work at most. Of `one_of_many` the receiver is told afterwards, with the others (`tell_handed_over`).

    Raises:
        RefusedError: the approval does not wait for this official, the receiver cannot decide it, or the note is none.
    """
    queries.hold_directory(session)
    approval, asking = take_in_hand(session, approval_id, official_id, way, always_sign_in=always_sign_in, now=now)
    written("note", note, NO_NOTE)
    routing = assignment_of(session, approval).routing
    chosen = receiver(routing, asking.official.user_id, receiver_user_id)
    row = HandoverRow(
        id=new_id(),
        approval_id=approval.id,
        giver=asking.official,
        receiver=session.get_one(OfficialRow, chosen.official_id),
        note=note,
        handed_at=now,
        tell_at=now + TOLD_WITHIN if one_of_many else None,
    )
    session.add(row)
    before = auditing.standing(approval)
    giver = telling.acting_name(asking)
    gone = _move(session, approval, at_most, now)
    _audit(session, approval, row, before, asking, way, now)
    _tell(session, approval, row, giver, at_most, now)
    telling.close(session, approval, gone, ClosedBecause.MOVED, now)


def _move(session: Session, approval: ApprovalRow, at_most: timedelta, now: datetime) -> list[OfficialRow]:
    """Asks whom the handover names; returns who is not asked any more."""
    wanted = assignment_of(session, approval).asked(approval.level)
    kept = {each.official_id for each in wanted}
    gone = [asking for asking in queries.live_askings(approval) if asking.official_id not in kept]
    for asking in gone:
        asking.ended_at = now
    ask_wanted(session, approval, wanted, link_lifetime(approval, at_most), now)
    return [asking.official for asking in gone]


def _tell(
    session: Session, approval: ApprovalRow, row: HandoverRow, giver: str, at_most: timedelta, now: datetime
) -> None:
    """Tells the receiver, and the requester's side; `giver` is a name, with that of whom they acted for."""
    taker = row.receiver.name
    text = f"{giver} handed it over to {taker}."
    telling.note(session, text, request_id=approval.request_id, approval_id=approval.id, now=now)
    fresh_links(approval, link_lifetime(approval, at_most), now)
    if row.tell_at is None:
        tell_of_one(session, approval, row, giver, now)
    reassigned = ApprovalReassigned(
        approval_id=approval.id,
        request_id=approval.request_id,
        organization=telling.organization(approval),
        authority=telling.authority(approval),
        officials=telling.asked(approval),
        handed_by=giver,
        handed_to=taker,
        reassigned_at=now,
    )
    publish(session, reassigned, correlation_id=approval.request.correlation_id, now=now)


def _audit(
    session: Session,
    approval: ApprovalRow,
    row: HandoverRow,
    before: auditing.Values,
    asking: AskingRow,
    way: Way,
    now: datetime,
) -> None:
    was, now_is = audit.differing(before, auditing.standing(approval))
    whose = {"from": row.giver_id, "to": row.receiver_id, "request": approval.request_id}
    audit.record(
        session,
        Action.APPROVAL_HANDED_OVER,
        ("approval", approval.id),
        now=now,
        before=was,
        after=whose | auditing.also_acted_for(asking) | now_is,
        who=doer(asking, way),
        on_behalf_of=auditing.asked_for(asking),
        correlation_id=approval.request.correlation_id,
    )
