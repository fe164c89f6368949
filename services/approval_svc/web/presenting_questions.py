"""Questions and answers as the decision page shows them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from approval_svc import question_queries, reference
from approval_svc.domain.questions import LONGEST_QUESTION, OPEN, QuestionState
from approval_svc.tables import ApprovalRow, QuestionRow
from approval_svc.use_cases.questioning import labels, who_asks
from shared.contracts import Correctable

EMPTY = "Nothing"
_IN_WORDS = {"yes": "Yes", "no": "No", "new": "New", "existing": "Existing"}

Change = tuple[str, str, str]
"""A field's label, what it was and what it is."""


@dataclass(frozen=True)
class QuestionView:
    """One question; `waits` while the clock rests for it, `lapsed` when that was over without an answer.

    `refused_at`: when it was known that it had not reached the requester.
    """

    asked_by: str
    asked_at: datetime
    text: str
    fields: str
    waits: bool
    lapsed: bool
    refused_at: datetime | None
    clock_goes_on: datetime
    answer: str | None
    answered_at: datetime | None
    changes: tuple[Change, ...]


def on_decision_page(session: Session, approval: ApprovalRow) -> dict[str, Any]:
    """Returns what was asked and answered, and what can be asked."""
    shown = on_outcome_page(session, approval)
    return shown | {
        "question_waits": any(each.waits for each in shown["questions"]),
        "correctable": [
            (name, Correctable(name).label, None) for name in reference.correctable(approval.request.role_id)
        ],
        "longest_question": LONGEST_QUESTION,
    }


def on_outcome_page(session: Session, approval: ApprovalRow) -> dict[str, Any]:
    """Returns what was asked and answered, and what answers to others about the request changed."""
    elsewhere = question_queries.answered_elsewhere(session, approval)
    return {
        "questions": [_view(row) for row in question_queries.questions_of(session, approval)],
        "changed_elsewhere": [change for row in elsewhere for change in _changes(row)],
    }


def _view(row: QuestionRow) -> QuestionView:
    return QuestionView(
        asked_by=who_asks(row).acting,
        asked_at=row.asked_at,
        text=row.text,
        fields=labels(row.fields),
        waits=row.state is QuestionState.WAITING,
        lapsed=row.state in OPEN and row.state is not QuestionState.WAITING,
        refused_at=row.refused_at,
        clock_goes_on=row.clock_goes_on,
        answer=row.answer,
        answered_at=row.answered_at,
        changes=tuple(_changes(row)),
    )


def _changes(row: QuestionRow) -> list[Change]:
    return [
        (
            labels([each["field"] or ""]),
            _in_words(each["field"], each["before"]),
            _in_words(each["field"], each["after"]),
        )
        for each in row.corrections
    ]


def _in_words(field: str | None, value: str | None) -> str:
    if value is None:
        return EMPTY
    return _IN_WORDS.get(value, value) if field in ("surveyor", "surveyor_status") else value
