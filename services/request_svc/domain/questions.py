"""A question of an official, and the requester's answer: what may be corrected with it, and what is wrong with it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from request_svc.domain.refusals import AlreadyAnsweredError, QuestionOverError
from request_svc.domain.requests import PartState
from request_svc.domain.steps import Answers, surveyor_id_problems

LONGEST_ANSWER = 2000
PHONE, EMPLOYEE_ID, SURVEYOR = "phone", "employee_id", "surveyor"
SURVEYOR_STATUS, FEDERAL_SURVEYOR_ID = "surveyor_status", "federal_surveyor_id"
CONFIRMED = "confirm_federal_surveyor_id"
"""The second box for the Federal Surveyor ID, as in STEP 3."""

Values = Mapping[str, str | None]
"""Fields by name, as the form writes them: "yes", "existing"; None for an empty one."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the requester filled in; `values` holds every field that the question names."""

    answer: str
    values: Values


@dataclass(frozen=True)
class Change:
    """A field that the answer changes."""

    field: str
    before: str | None
    after: str | None


def check_open(*, answered_at: datetime | None, ended_at: datetime | None, part: PartState, withdrawing: bool) -> None:
    """Lets a question pass that can be answered.

    Raises:
        AlreadyAnsweredError: the first answer counts.
        QuestionOverError: the answer would be of no use; its sentence says why.
    """
    if answered_at is not None:
        raise AlreadyAnsweredError
    if part is not PartState.PENDING:
        raise QuestionOverError(f"Your request was {part.value} in the meantime.")
    if withdrawing:
        raise QuestionOverError("You asked to withdraw the request.")
    if ended_at is not None:
        raise QuestionOverError("Another question was asked since.")


def problems(fields: Collection[str], current: Values, reply: Reply) -> dict[str, str]:
    """Returns a sentence for each field that is missing or does not fit; empty when the answer can be sent."""
    found = {} if reply.answer else {"answer": "Enter your answer."}
    status = reply.values.get(SURVEYOR_STATUS) if SURVEYOR_STATUS in fields else current[SURVEYOR_STATUS]
    if SURVEYOR_STATUS in fields and status not in ("new", "existing"):
        found[SURVEYOR_STATUS] = "Select New or Existing."
    if FEDERAL_SURVEYOR_ID in fields:
        given, again = reply.values.get(FEDERAL_SURVEYOR_ID), reply.values.get(CONFIRMED)
        filled = Answers(surveyor_status=status, federal_surveyor_id=given, confirm_federal_surveyor_id=again)
        found |= surveyor_id_problems(filled)
    return found


def changes(fields: Collection[str], current: Values, reply: Reply) -> Iterator[Change]:
    """Yields what the answer changes: of the fields that the question names those that have another value now."""
    for name in fields:
        if name in current and reply.values.get(name) != current[name]:
            yield Change(name, current[name], reply.values.get(name))
