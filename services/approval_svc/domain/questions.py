"""A question to the requester: what may be asked, and what follows while no answer comes. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from approval_svc.domain.business_time import BusinessCalendar, Hours
from approval_svc.domain.refusals import UnusableChoiceError

LONGEST_QUESTION = 1000
PHONE, EMPLOYEE_ID, SURVEYOR = "phone", "employee_id", "surveyor"
SURVEYOR_STATUS, FEDERAL_SURVEYOR_ID = "surveyor_status", "federal_surveyor_id"


class QuestionState(StrEnum):
    """Where a question stands.

    waiting → answered, lapsed (the clock went on without an answer), replaced (by a later question) or closed (nothing
    is to be decided any more). A lapsed one can still be answered, replaced or closed.
    """

    WAITING = "waiting"
    LAPSED = "lapsed"
    ANSWERED = "answered"
    REPLACED = "replaced"
    CLOSED = "closed"


OPEN = frozenset({QuestionState.WAITING, QuestionState.LAPSED})
"""What an answer is still taken for."""


@dataclass(frozen=True, kw_only=True)
class Inquiry:
    """What an official asks; `fields` may be corrected with the answer."""

    text: str
    fields: tuple[str, ...] = ()


class StepKind(StrEnum):
    """What follows when no answer comes."""

    REMINDER = "reminder"
    LAPSE = "lapse"


@dataclass(frozen=True, slots=True)
class Step:
    """One of the things that follow; `number` counts those of its kind from 1."""

    kind: StepKind
    number: int
    due_at: datetime


class Timing(Protocol):
    """What is read of a deadline policy; numbers are of business days since the question was asked."""

    @property
    def reminders(self) -> Sequence[int]:
        """Days after which the requester is reminded, as officials are."""

    @property
    def question_ends(self) -> int:
        """Days after which the clock goes on."""

    @property
    def mail_hours(self) -> tuple[time, time]:
        """From when and until when mail goes out, by the organization's wall clock."""


def correctable(step3: str, *, asks_surveyor: bool) -> tuple[str, ...]:
    """Returns the fields that a requester may correct: those of STEP 3 that name no organization, and the phone number.

    `step3` is the catalog's word for what STEP 3 asks of a role (access job aid 3.1, Figures 13 and 18).
    """
    found = [PHONE]
    if step3 == "state":
        found.append(EMPLOYEE_ID)
    if asks_surveyor:
        found.append(SURVEYOR)
    if step3 == "contract-surveyor":
        found += [SURVEYOR_STATUS, FEDERAL_SURVEYOR_ID]
    return tuple(found)


def checked(inquiry: Inquiry, offered: Collection[str]) -> Inquiry:
    """Returns the question as it is asked. Raises UnusableChoiceError, naming the form's field.

    Whoever becomes an existing surveyor must give the ID too (access job aid 3.1, Figure 18), so that one field brings
    the other along.
    """
    if not inquiry.text:
        raise UnusableChoiceError("question", "Enter your question")
    if len(inquiry.text) > LONGEST_QUESTION:
        raise UnusableChoiceError("question", f"Shorten the question to {LONGEST_QUESTION} characters or fewer")
    if not set(inquiry.fields) <= set(offered):
        raise UnusableChoiceError("correct", "Tick fields from the list only")
    wanted = {*inquiry.fields, *((FEDERAL_SURVEYOR_ID,) if SURVEYOR_STATUS in inquiry.fields else ())}
    return Inquiry(text=inquiry.text, fields=tuple(name for name in offered if name in wanted))


def steps(policy: Timing, calendar: BusinessCalendar, asked_at: datetime) -> tuple[Step, ...]:
    """Returns what follows if no answer comes, in order; the last one is the lapse. All in UTC, in the mail hours."""
    hours = Hours(*policy.mail_hours)

    def at(days: int) -> datetime:
        return calendar.within(hours, calendar.after(asked_at, days))

    days = sorted(each for each in policy.reminders if each < policy.question_ends)
    reminders = [Step(StepKind.REMINDER, number, at(day)) for number, day in enumerate(days, start=1)]
    return (*reminders, Step(StepKind.LAPSE, 1, at(policy.question_ends)))


def due(planned: Sequence[Step], done: int, now: datetime) -> Sequence[Step]:
    """Returns the steps that are due after the first `done`; of several the last one is what happens."""
    return tuple(step for step in planned[min(done, len(planned) - 1) :] if step.due_at <= now)


def next_at(planned: Sequence[Step], now: datetime) -> datetime | None:
    """Returns when something follows next, at last the lapse whatever the policy says by now; None once that is due."""
    return next((step.due_at for step in planned if step.due_at > now), None)


def recipients(asker: UUID, live: Iterable[UUID]) -> tuple[UUID, ...]:
    """Returns who is told of an answer, or that none came: who asked, or all who may decide if they no longer may."""
    may = tuple(live)
    return (asker,) if asker in may else may
