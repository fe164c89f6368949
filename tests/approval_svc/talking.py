"""Officials who hand over, ask each other and comment, each by the link that was mailed to them."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from approval_svc.domain.approvals import Way
from approval_svc.tables import ApprovalRow, AskingRow, OfficialRow, OpinionRow
from approval_svc.talking_queries import opinions_of
from approval_svc.use_cases.ask_opinion import ask_opinion
from approval_svc.use_cases.comment import comment
from approval_svc.use_cases.give_opinion import give_opinion
from approval_svc.use_cases.hand_over import hand_over
from tests.approval_svc.factories import LIFETIME, NOW

LATER = NOW + timedelta(hours=1)
NOTE = "She is of your unit."


def way_of(session: Session, approval: ApprovalRow, official: OfficialRow) -> Way:
    """Returns how the official comes who uses the newest link."""
    asking = session.get(AskingRow, (approval.id, official.id))
    return Way(link_ends=asking.links_expire_at if asking else NOW + LIFETIME)


def hands_over(
    session: Session, approval: ApprovalRow, giver: OfficialRow, receiver: str, note: str = NOTE, now: datetime = LATER
) -> None:
    session.flush()
    way = way_of(session, approval, giver)
    hand_over(session, approval.id, giver.id, receiver, note, way, always_sign_in=False, at_most=LIFETIME, now=now)


def asks_opinion(
    session: Session,
    approval: ApprovalRow,
    asker: OfficialRow,
    adviser: str,
    question: str = "Do you know her?",
    now: datetime = LATER,
) -> OpinionRow:
    session.flush()
    way = way_of(session, approval, asker)
    ask_opinion(session, approval.id, asker.id, adviser, question, way, always_sign_in=False, at_most=LIFETIME, now=now)
    return opinions_of(session, approval)[-1]


def answers(
    session: Session, opinion: OpinionRow, answer: str = "She surveys since May.", now: datetime = LATER, **way: Any
) -> None:
    session.flush()
    came = Way(**{"link_ends": now + LIFETIME} | way)
    give_opinion(session, opinion.id, answer, came, always_sign_in=False, at_most=LIFETIME, now=now)


def comments(session: Session, approval: ApprovalRow, official: OfficialRow, text: str, *, for_officials: bool) -> None:
    session.flush()
    way = way_of(session, approval, official)
    comment(session, approval.id, official.id, text, way, for_officials=for_officials, always_sign_in=False, now=LATER)
