"""An official asks the requester, and the answer comes, in the words of the tests."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from approval_svc.domain.approvals import Way
from approval_svc.domain.questions import Inquiry
from approval_svc.tables import ApprovalRow, OfficialRow, QuestionRow
from approval_svc.use_cases.ask_requester import ask_requester
from approval_svc.use_cases.follow_questions import follow_questions
from approval_svc.use_cases.take_answer import take_answer
from shared.contracts import Correctable, Correction, DeadlinesPlanned, InformationProvided
from shared.db import Database
from tests.approval_svc.factories import LIFETIME, published
from tests.approval_svc.waiting import MONDAY, asked_on, the_approval

WORDS = "Which surveys will you take part in?"
ANSWER = "Those of nursing homes."
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
ASKED = MONDAY + DAY + HOUR
"""Tuesday: the Monday is a holiday in Alabama."""


def waiting(database: Database) -> None:
    """A request that was put before Loretta of Alabama on Monday."""
    with database.transaction() as session:
        asked_on(session)


def loretta_of(database: Database) -> OfficialRow:
    """The official that most stories are about."""
    with database.reading() as session:
        return session.scalars(select(OfficialRow).where(OfficialRow.user_id == "loretta")).one()


def expires(database: Database) -> datetime | None:
    """When the request ends undecided, as its requester was told last; None while the clock rests."""
    with database.reading() as session:
        return published(session, DeadlinesPlanned)[-1].expires_at


def ask(
    database: Database,
    at: datetime,
    *,
    by: str = "loretta",
    text: str = WORDS,
    fields: Sequence[str] = (),
    way: Way | None = None,
) -> UUID:
    """An official asks about the only approval, signed in unless another way is named."""
    with database.transaction() as session:
        approval = the_approval(session)
        official = session.scalars(select(OfficialRow).where(OfficialRow.user_id == by)).one()
        inquiry = Inquiry(text=text, fields=tuple(fields))
        way = way or Way(signed_in_as=by)
        return ask_requester(session, approval.id, official.id, inquiry, way, always_sign_in=False, now=at)


def answered(
    session: Session, question_id: UUID, at: datetime, *corrections: Correction, answer: str = ANSWER
) -> InformationProvided:
    """Returns the message that request_svc sends when the requester answers."""
    question = session.get_one(QuestionRow, question_id)
    approval = session.get_one(ApprovalRow, question.approval_id)
    return InformationProvided(
        question_id=question_id,
        approval_id=approval.id,
        request_id=approval.request_id,
        answer=answer,
        corrections=corrections,
        answered_at=at,
    )


def answer(database: Database, question_id: UUID, at: datetime, *corrections: Correction, text: str = ANSWER) -> None:
    """The requester's answer arrives."""
    with database.transaction() as session:
        take_answer(session, answered(session, question_id, at, *corrections, answer=text), LIFETIME, at)


def correction(field: Correctable, before: str | None, after: str | None) -> Correction:
    return Correction(field=field, before=before, after=after)


def follow(database: Database, now: datetime) -> int:
    """One tick of one beat."""
    with database.transaction() as session:
        return follow_questions(session, LIFETIME, now)


def follow_in_time(database: Database, until: datetime) -> None:
    """A beat that ticks at the very instant at which anything is due about a question, up to `until`."""
    due = select(QuestionRow.next_at).where(QuestionRow.next_at <= until).order_by(QuestionRow.next_at).limit(1)
    while True:
        with database.reading() as session:
            now = session.scalar(due)
        if now is None:
            return
        follow(database, now)


def the_question(session: Session) -> QuestionRow:
    """The only question."""
    return session.scalars(select(QuestionRow)).one()


def lapses(database: Database) -> datetime:
    """When the clock goes on if the only question stays unanswered."""
    with database.reading() as session:
        return the_question(session).clock_goes_on
