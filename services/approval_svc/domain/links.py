"""When the link in a mail ends by time. Before that it ends with the decision, the withdrawal or the official."""

from datetime import datetime, timedelta


def end_of(asked_at: datetime, lifetime: timedelta) -> datetime:
    """Returns when a link that is mailed now ends, in whole seconds, as the link itself carries it."""
    return (asked_at + lifetime).replace(microsecond=0)


def is_over(ends: datetime, now: datetime) -> bool:
    """Whether the link's time has run out."""
    return now >= ends
