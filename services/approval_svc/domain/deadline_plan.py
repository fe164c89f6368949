"""What follows when an official does not answer: reminders, the next authorities, notices, the end. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Protocol

from approval_svc.domain.business_time import BusinessCalendar, Hours


class DeadlineKind(StrEnum):
    """What happens at a deadline, in the order in which those of one instant happen."""

    REMINDER = "reminder"
    ESCALATION = "escalation"
    EXPIRY_NOTICE = "expiry_notice"
    EXPIRY = "expiry"


class Timing(Protocol):
    """What the plan reads of a deadline policy; each number is one of business days since the officials were asked."""

    @property
    def reminders(self) -> Sequence[int]:
        """Days after which those who were asked are reminded."""

    @property
    def escalation(self) -> int | None:
        """Days after which, each time, the next authority is added; None: never."""

    @property
    def expiry(self) -> int:
        """Days after which the approval expires."""

    @property
    def expiry_notices(self) -> Sequence[int]:
        """How many days before the expiry it is announced."""

    @property
    def mail_hours(self) -> tuple[time, time]:
        """From when and until when mail goes out, by the organization's wall clock."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One deadline: `step` counts those of its kind from 1, `days` are the business days since the start.

    `due_at` is in UTC, on a business day of the organization and in its mail hours. The step of an escalation is how
    many authorities up it leads; the last one of the chain leads to operations.
    """

    kind: DeadlineKind
    step: int
    days: int
    due_at: datetime


def plan(
    policy: Timing, calendar: BusinessCalendar, start: datetime, rested: float = 0.0, *, levels: int | None = None
) -> tuple[Planned, ...]:
    """Returns each deadline of an approval that was asked for at `start` (aware), the earliest first.

    `rested` is for how many business days the clock stood still so far, because an answer of the requester was waited
    for, with what an announced expiry was put off by: each deadline is that much later. `levels` is how many
    escalations there can be: one for each authority above the first, and one for operations; left out, as many as come
    before the expiry.
    """
    hours = Hours(*policy.mail_hours)
    planned = [
        Planned(kind, step, days, calendar.within(hours, calendar.after(start, days + rested)))
        for kind, step, days in _steps(policy, levels)
    ]
    order = list(DeadlineKind)
    return tuple(sorted(planned, key=lambda each: (each.due_at, each.days, order.index(each.kind), each.step)))


def _steps(policy: Timing, levels: int | None) -> Iterator[tuple[DeadlineKind, int, int]]:
    """Yields kind, step and business days of each deadline; nothing but the expiry itself comes at the expiry."""
    for step, days in enumerate(sorted(policy.reminders), start=1):
        if days < policy.expiry:
            yield DeadlineKind.REMINDER, step, days
    escalations = range(policy.escalation, policy.expiry, policy.escalation) if policy.escalation else ()
    for step, days in enumerate(escalations[:levels], start=1):
        yield DeadlineKind.ESCALATION, step, days
    for step, before in enumerate(sorted(policy.expiry_notices, reverse=True), start=1):
        if 0 < before < policy.expiry:
            yield DeadlineKind.EXPIRY_NOTICE, step, policy.expiry - before
    yield DeadlineKind.EXPIRY, 1, policy.expiry
