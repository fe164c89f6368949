"""When the link in a mail ends by time. Before that it ends with the decision, the withdrawal or the official.

A link says when it ends, and so does the row of the asking that it was mailed for. Where a link ends before what that
row says, the official has been asked anew since: it stays ended, whoever still holds it. A reminder brings a newer link
and leaves those from before it as they are.
"""

from datetime import datetime, timedelta


def end_of(asked_at: datetime, lifetime: timedelta) -> datetime:
    """Returns when a link that is mailed now ends, in whole seconds, as the link itself carries it."""
    return (asked_at + lifetime).replace(microsecond=0)


def is_over(ends: datetime, now: datetime) -> bool:
    """Whether the link's time has run out."""
    return now >= ends


def works(ends: datetime, newest_ends: datetime, now: datetime, oldest_ends: datetime | None = None) -> bool:
    """Whether a link that ends then is the one that was mailed last, or an older one that stays good, and not over."""
    return (oldest_ends or newest_ends) <= ends <= newest_ends and not is_over(ends, now)
