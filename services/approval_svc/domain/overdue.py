"""What is done of the deadlines of one approval that are due together: each once, and no two mails for one thing.

In the course of things one is due at a time, or an escalation along with a notice. After an outage it may be many.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from approval_svc.domain.deadline_plan import DeadlineKind


@dataclass(frozen=True, kw_only=True)
class Due:
    """A deadline that is due."""

    kind: DeadlineKind
    step: int
    due_at: datetime


@dataclass(frozen=True)
class Sorted:
    """`acting`: what is done, in order. `overtaken`: what need not be done any more. `put_off`: what must wait."""

    acting: tuple[Due, ...]
    overtaken: tuple[Due, ...] = ()
    put_off: tuple[Due, ...] = ()


def sort_out(due: Sequence[Due]) -> Sorted:
    """Returns what is done about deadlines that are due together.

    Every escalation counts, because each leads one authority further. Of the notices only the last one is given, of
    the reminders too, and none beside an escalation or a notice, which remind as well. Nothing expires unannounced:
    with a notice that could not be given the expiry is put off; otherwise it overtakes all else.
    """
    ordered = sorted(due, key=_in_order)
    notices, expiry = _of(ordered, DeadlineKind.EXPIRY_NOTICE), _of(ordered, DeadlineKind.EXPIRY)
    if expiry and not notices:
        return Sorted(acting=expiry, overtaken=tuple(each for each in ordered if each not in expiry))
    acting = {*_of(ordered, DeadlineKind.ESCALATION), *notices[-1:]} or {*_of(ordered, DeadlineKind.REMINDER)[-1:]}
    return Sorted(
        acting=tuple(each for each in ordered if each in acting),
        overtaken=tuple(each for each in ordered if each not in acting and each not in expiry),
        put_off=expiry,
    )


def _in_order(due: Due) -> tuple[datetime, int, int]:
    return due.due_at, list(DeadlineKind).index(due.kind), due.step


def _of(ordered: Sequence[Due], kind: DeadlineKind) -> tuple[Due, ...]:
    return tuple(each for each in ordered if each.kind is kind)
