"""What is said of a question to the requester and of its answer. All datetimes are UTC."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.contracts.messages import Message
from shared.contracts.values import Authority, Official, Organization, Person
from shared.contracts.waiting import Awaited


class Correctable(StrEnum):
    """What a requester may be asked to correct, by the names of the request form's fields.

    Who they are, and what they ask for, is not among it: with that it would be another request.
    """

    PHONE = "phone"
    EMPLOYEE_ID = "employee_id"
    SURVEYOR = "surveyor"
    SURVEYOR_STATUS = "surveyor_status"
    FEDERAL_SURVEYOR_ID = "federal_surveyor_id"

    @property
    def label(self) -> str:
        """The field in the words of the job aids."""
        return _LABELS[self]


_LABELS = {
    Correctable.PHONE: "Phone Number",
    Correctable.EMPLOYEE_ID: "State Agency Employee ID",
    Correctable.SURVEYOR: "Surveyor",
    Correctable.SURVEYOR_STATUS: "New or Existing Surveyor",
    Correctable.FEDERAL_SURVEYOR_ID: "Federal Surveyor ID",
}


@dataclass(frozen=True, kw_only=True)
class Correction:
    """A field that the answer changed, as the form writes its values ("yes", "existing"); None for an empty one."""

    field: Correctable
    before: str | None
    after: str | None


@dataclass(frozen=True, kw_only=True)
class AboutQuestion(Message):
    """Base of what the requester is told of a question; `asked_by` may decide, for `authority`.

    `fields` may be corrected with the answer. The clock of the approval stands still until the answer comes, or until
    `clock_goes_on`.
    """

    question_id: UUID
    approval_id: UUID
    request_id: UUID
    requester: Person
    role_name: str
    organization: Organization | None
    authority: Authority
    asked_by: Official
    question: str
    fields: tuple[Correctable, ...]
    asked_at: datetime
    clock_goes_on: datetime


@dataclass(frozen=True, kw_only=True)
class InformationAsked(AboutQuestion):
    """An official who may decide asked the requester a question; a question of before about the approval is over."""


@dataclass(frozen=True, kw_only=True)
class AnswerAwaited(AboutQuestion):
    """The requester has not answered and is reminded, for the `number`th time, at `not_before` or later."""

    number: int
    reminded_at: datetime
    not_before: datetime


@dataclass(frozen=True, kw_only=True)
class InformationProvided(Message):
    """The requester answered a question; `corrections` are the fields that they changed, for the whole request."""

    question_id: UUID
    approval_id: UUID
    request_id: UUID
    answer: str
    corrections: tuple[Correction, ...]
    answered_at: datetime


@dataclass(frozen=True, kw_only=True)
class InformationReceived(Awaited):
    """The answer is there, and the clock goes on; `told` are the ids of the officials who get it by mail."""

    told: tuple[UUID, ...]
    question: str
    answer: str
    corrections: tuple[Correction, ...]
    answered_at: datetime


@dataclass(frozen=True, kw_only=True)
class QuestionLapsed(Awaited):
    """No answer came in time, so the clock goes on; one that comes later is still taken.

    `told` are the ids of the officials who get a mail of it. `refused`: the requester's mail server refused the
    question for good, so that they do not know of it unless they look.
    """

    told: tuple[UUID, ...]
    question: str
    asked_at: datetime
    lapsed_at: datetime
    refused: bool = False
