"""What would follow a request that nobody answers: each date with the mail of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from approval_svc.domain.business_time import BusinessCalendar, Skipped
from approval_svc.domain.deadline_plan import DeadlineKind, Planned
from approval_svc.domain.overdue import Due, sort_out

REQUESTER = "the requester"
OPERATIONS = "operations: an alert, no mail"


@dataclass(frozen=True, kw_only=True)
class Follows:
    """What happens at one instant (UTC); `days` are the business days since the officials were asked.

    `mail` says which, None for none; `to` who gets it. `moved_from` is when the business days had passed, if that was
    outside of mail hours. `is_overtaken`: nothing is done, because what happens at the same instant says it as well.
    """

    kind: DeadlineKind
    step: int
    days: int
    due_at: datetime
    mail: str | None
    to: tuple[str, ...]
    moved_from: datetime | None
    is_overtaken: bool

    @property
    def what(self) -> str:
        """The mail, or what happens without one: "Escalation 3"."""
        return self.mail or f"{self.kind.value.replace('_', ' ').capitalize()} {self.step}"


@dataclass(frozen=True, kw_only=True)
class Course:
    """All that follows, the earliest first, and the days on the way that do not count."""

    follows: tuple[Follows, ...]
    skipped: tuple[Skipped, ...]


def course(planned: Sequence[Planned], chain: Sequence[str], calendar: BusinessCalendar, start: datetime) -> Course:
    """Returns what follows when nobody answers and the directory stays as it is.

    `chain` names the authorities with somebody to ask, the one that is asked first first; it may be empty, when
    nobody could be asked. `start` is when the officials were asked.
    """
    follows: list[Follows] = []
    escalated = 0
    for _, group in groupby(planned, key=lambda each: each.due_at):
        together = tuple(group)
        acting = {(each.kind, each.step) for each in sort_out([_due(each) for each in together]).acting}
        for each in together:
            escalated += each.kind is DeadlineKind.ESCALATION
            overtaken = (each.kind, each.step) not in acting
            follows.append(_follows(each, chain, escalated, calendar, start, overtaken=overtaken))
    return Course(follows=tuple(follows), skipped=calendar.skipped(start, planned[-1].due_at))


def _due(planned: Planned) -> Due:
    return Due(kind=planned.kind, step=planned.step, due_at=planned.due_at)


def _follows(
    each: Planned, chain: Sequence[str], escalated: int, calendar: BusinessCalendar, start: datetime, *, overtaken: bool
) -> Follows:
    mail, to = (None, ()) if overtaken else _mail(each, chain, escalated)
    reached = calendar.after(start, each.days)
    return Follows(
        kind=each.kind,
        step=each.step,
        days=each.days,
        due_at=each.due_at,
        mail=mail,
        to=to,
        moved_from=None if reached == each.due_at else reached,
        is_overtaken=overtaken,
    )


def _mail(each: Planned, chain: Sequence[str], escalated: int) -> tuple[str | None, tuple[str, ...]]:
    asked = tuple(chain[: escalated + 1])
    if each.kind is DeadlineKind.REMINDER:
        return f"Reminder {each.step}", asked
    if each.kind is DeadlineKind.EXPIRY_NOTICE:
        return f"Notice {each.step} of the expiry", (REQUESTER, *asked)
    if each.kind is DeadlineKind.EXPIRY:
        return "Expired", (REQUESTER, *asked)
    if escalated < len(chain):
        return f"Escalation to {chain[escalated]}", asked
    return None, (OPERATIONS,) if escalated == max(len(chain), 1) else ()


def counts_from(calendar: BusinessCalendar, start: datetime) -> datetime:
    """Returns from when business days are counted: `start`, or the beginning of the next business day."""
    return calendar.after(start, 0)
