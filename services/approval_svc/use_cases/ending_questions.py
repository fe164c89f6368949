"""A question to the requester is over without an answer: the approval was closed, or another question was asked."""

from datetime import datetime

from sqlalchemy.orm import Session

from approval_svc import question_queries
from approval_svc.domain.questions import QuestionState
from approval_svc.tables import ApprovalRow, QuestionRow
from shared import audit
from shared.audit import Action


def end_question(session: Session, approval: ApprovalRow, state: QuestionState, now: datetime) -> None:
    """Ends the open question of the approval, if there is one. The caller holds the request."""
    session.flush()
    question = question_queries.open_question(session, approval)
    if question is None:
        return
    before = question.state
    question.state, question.state_since, question.next_at = state, now, None
    session.flush()
    record(session, approval, question, Action.APPROVAL_QUESTION_CLOSED, now, before={"question_state": before})


def record(
    session: Session,
    approval: ApprovalRow,
    question: QuestionRow,
    action: Action,
    now: datetime,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
    who: str | None = None,
    on_behalf_of: str | None = None,
) -> None:
    """Records what happened to a question; what was asked and answered stands in its row."""
    about = {"request": approval.request_id, "question": question.id, "question_state": question.state}
    audit.record(
        session,
        action,
        ("approval", approval.id),
        now=now,
        before=before,
        after=about | (after or {}),
        who=who,
        on_behalf_of=on_behalf_of,
        correlation_id=approval.request.correlation_id,
    )
