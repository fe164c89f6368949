"""The life of a signing key.

It is next (published, not used yet), then current (signs), then previous (published until its tokens have ended).
"""

from datetime import datetime, timedelta
from enum import StrEnum

from identity_svc.domain.codes import TOKEN_LIFETIME

CLOCK_LEEWAY = timedelta(minutes=5)


class KeyState(StrEnum):
    """There is one next and one current key at most, and any number of previous ones."""

    NEXT = "next"
    CURRENT = "current"
    PREVIOUS = "previous"


def published_until(retired_at: datetime) -> datetime:
    """Returns when the last token of a key retired then has ended, for a client whose clock is slow too."""
    return retired_at + TOKEN_LIFETIME + CLOCK_LEEWAY
