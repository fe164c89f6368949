"""What a notice can go through, and when it is tried again."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=2)
JITTER = 0.2
"""A pause is up to a fifth longer than the schedule says: what failed together is not tried again together."""

FAULT_TRIES = 8
"""Tries of a mail that we cannot write, over about an hour: whoever took a release back needs do no more."""

TAKEN_UP_WITHIN = timedelta(minutes=5)
"""A queued notice that no worker took up for so long is queued again: the broker may have lost the message."""

MAC_BYTES = 10
"""80 bits: whoever tries can only ask us whether a guess is right."""


class State(StrEnum):
    """Where a notice stands.

    `sent`: a mail server took it, which is the end unless it comes back. `bounced`: it came back. `failed`: no mail
    server took it, or we could not write it. `skipped`: nobody tried.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    BOUNCED = "bounced"
    FAILED = "failed"
    SKIPPED = "skipped"


class Result(StrEnum):
    """How one try to deliver went.

    `begun`: the worker has it in hand. `unknown`: the worker stopped before it could tell, or the server had the whole
    text and went away without an answer; either way the mail may have been taken.
    """

    BEGUN = "begun"
    TAKEN = "taken"
    PUT_OFF = "put off"
    REFUSED = "refused"
    UNKNOWN = "unknown"


NEXT: dict[State, frozenset[State]] = {
    # `queued` to `sent`: a try whose lease had run out did succeed after all, so there is nothing left to send.
    # `queued` and `sending` to `bounced`: a try whose outcome is not known was taken, and came back.
    State.QUEUED: frozenset({State.SENDING, State.SENT, State.BOUNCED, State.FAILED, State.SKIPPED}),
    State.SENDING: frozenset({State.QUEUED, State.SENT, State.BOUNCED, State.FAILED}),
    State.SENT: frozenset({State.BOUNCED}),
    # Back to `queued`: operations send it again, once what was wrong is mended.
    State.BOUNCED: frozenset({State.QUEUED}),
    State.FAILED: frozenset({State.QUEUED}),
    State.SKIPPED: frozenset(),
}


class ImpossibleStepError(ValueError):
    """A notice was to go from one state to another that does not follow it."""


def step(state: State, to: State) -> State:
    """Returns `to`. Raises ImpossibleStepError when it does not follow `state`."""
    if to not in NEXT[state]:
        raise ImpossibleStepError(f"a notice that is {state} cannot become {to}")
    return to


def pause_after(attempts: int, notice_id: UUID) -> timedelta:
    """Returns how long to wait after that many tries: 30 s, doubled each time, 2 hours at most, and up to a fifth more.

    68 tries take about 5 days, as RFC 5321, section 4.5.4.1, wants: a mail server that is down for a weekend loses
    nothing. How much more is drawn from the notice's id and the number of the try, so that it can be told again.
    """
    pause = FIRST_PAUSE
    for _ in range(attempts - 1):
        pause = min(pause * 2, LONGEST_PAUSE)
    return pause * (1 + JITTER * _share(f"{notice_id}/{attempts}"))


def _share(of: str) -> float:
    """Returns a number from 0 to 1, evenly spread, always the same for the same text."""
    return int.from_bytes(hashlib.sha256(of.encode()).digest()[:4]) / 0xFFFFFFFF


def mail_id(notice_id: UUID, keys: Sequence[str], domain: str) -> str:
    """Returns the Message-ID of a notice: always the same, so that a second copy is recognized as one.

    Its second part is signed with the first of the keys: who knows the id of a notice, which stands in log lines and
    in addresses of pages, cannot make up its Message-ID, and so cannot report the mail as returned.
    """
    said = f"countersign.message-id.v1/{notice_id}"
    signed = hmac.new(keys[0].encode(), said.encode(), hashlib.sha256).digest()[:MAC_BYTES]
    return f"<{_short(notice_id.bytes)}.{_short(signed)}@{domain}>"


def _short(of: bytes) -> str:
    """Returns letters and digits of one case, few enough that the header needs no second line."""
    return base64.b32encode(of).decode().rstrip("=").lower()
