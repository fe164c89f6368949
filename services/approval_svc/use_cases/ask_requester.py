"""An official asks the requester a question; until the answer comes, the clock stands still."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from approval_svc import question_queries, reference
from approval_svc.domain import questions
from approval_svc.domain.approvals import Way
from approval_svc.domain.questions import Inquiry, QuestionState
from approval_svc.domain.refusals import QuestionOpenError
from approval_svc.tables import ApprovalRow, AskingRow, QuestionRow
from approval_svc.use_cases import resting, telling
from approval_svc.use_cases.ending_questions import end_question, record
from approval_svc.use_cases.in_hand import doer, take_in_hand
from approval_svc.use_cases.questioning import about_question, who_asks
from approval_svc.use_cases.timing import timing_of
from shared import audit
from shared.audit import Action
from shared.contracts import InformationAsked
from shared.ids import new_id
from shared.messaging.outbox import publish


def ask_requester(
    session: Session,
    approval_id: UUID,
    official_id: UUID,
    inquiry: Inquiry,
    way: Way,
    *,
    always_sign_in: bool,
    now: datetime,
) -> UUID:
    """Puts the question to the requester and returns its id; whoever may decide may ask, and still decide meanwhile.

    One question at a time waits for its answer; one that has lapsed makes way for the next. The same of the same
    official, as a second click sends it, is the one that waits.

    Raises:
        RefusedError: the official may not decide now, or a question waits already (QuestionOpenError).
        UnusableChoiceError: the question is empty or too long, or names a field that cannot be corrected.
    """
    approval, asking = take_in_hand(session, approval_id, official_id, way, always_sign_in=always_sign_in, now=now)
    before = question_queries.open_question(session, approval)
    asked = questions.checked(inquiry, reference.correctable(approval.request.role_id))
    if before is not None and before.state is QuestionState.WAITING:
        if (before.official_id, before.text, tuple(before.fields)) == (official_id, asked.text, asked.fields):
            return before.id
        raise QuestionOpenError
    end_question(session, approval, QuestionState.REPLACED, now)
    question = _store(session, approval, asking, asked, now)
    who = doer(asking, way)
    _tell(session, approval, question, who, now)
    resting.rest(session, approval, now, who)
    return question.id


def _store(session: Session, approval: ApprovalRow, asking: AskingRow, inquiry: Inquiry, now: datetime) -> QuestionRow:
    timing = timing_of(session, approval)
    follows = questions.steps(timing.policy, timing.calendar, now)
    question = QuestionRow(
        id=new_id(),
        approval=approval,
        official=asking.official,
        acts_for=list(asking.acts_for),
        text=inquiry.text,
        fields=list(inquiry.fields),
        asked_at=now,
        clock_goes_on=follows[-1].due_at,
        state=QuestionState.WAITING,
        state_since=now,
        steps_done=0,
        next_at=follows[0].due_at,
        corrections=[],
    )
    session.add(question)
    session.flush()
    return question


def _tell(session: Session, approval: ApprovalRow, question: QuestionRow, who: str, now: datetime) -> None:
    official, request = question.official, approval.request
    message = InformationAsked(**about_question(question))
    publish(session, message, correlation_id=request.correlation_id, now=now)
    text = f"{who_asks(question).acting} asked {request.requester_name} a question."
    telling.note(session, text, request_id=request.id, approval_id=approval.id, now=now)
    absent = [each["official"] for each in question.acts_for]
    authority = f"authority:{official.authority_kind}:{official.authority_id}"
    record(
        session,
        approval,
        question,
        Action.APPROVAL_QUESTION_ASKED,
        now,
        after={"official": official.id, "fields": question.fields} | ({"acted_for": absent} if absent else {}),
        who=who,
        on_behalf_of=audit.official(UUID(absent[0])) if absent else authority,
    )
