"""What a notice can go through, and when it is tried again."""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=2)

TAKEN_UP_WITHIN = timedelta(minutes=5)
"""A queued notice that no worker took up for so long is queued again: the broker may have lost the message."""


class State(StrEnum):
    """Where a notice stands. `sent`, `failed` and `skipped` are final."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


class Result(StrEnum):
    """How one try to deliver ended. `unknown`: the worker stopped before it could tell."""

    TAKEN = "taken"
    PUT_OFF = "put off"
    REFUSED = "refused"
    UNKNOWN = "unknown"


NEXT: dict[State, frozenset[State]] = {
    # `queued` to `sent`: a try whose lease had run out did succeed after all, so there is nothing left to send.
    State.QUEUED: frozenset({State.SENDING, State.SENT, State.FAILED, State.SKIPPED}),
    State.SENDING: frozenset({State.QUEUED, State.SENT, State.FAILED}),
    State.SENT: frozenset(),
    State.FAILED: frozenset(),
    State.SKIPPED: frozenset(),
}


class ImpossibleStepError(ValueError):
    """A notice was to go from one state to another that does not follow it."""


def step(state: State, to: State) -> State:
    """Returns `to`. Raises ImpossibleStepError when it does not follow `state`."""
    if to not in NEXT[state]:
        raise ImpossibleStepError(f"a notice that is {state} cannot become {to}")
    return to


def pause_after(attempts: int) -> timedelta:
    """Returns how long to wait after that many tries: 30 s, doubled each time, 2 hours at most.

    68 tries take about 5 days, as RFC 5321, section 4.5.4.1, wants: a mail server that is down for a weekend loses
    nothing.
    """
    pause = FIRST_PAUSE
    for _ in range(attempts - 1):
        pause = min(pause * 2, LONGEST_PAUSE)
    return pause


def mail_id(notice_id: UUID, domain: str) -> str:
    """Returns the Message-ID of a notice: always the same, so that a second copy is recognized as one."""
    return f"<{notice_id}@{domain}>"
