"""Time at the edges: UTC inside, the reader's zone on pages and in mails.

Only the edges (web, worker, relay, command line) call `utc_now`; rules and use cases take `now`.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


class NaiveDatetimeError(ValueError):
    """A datetime without a zone came where an instant was wanted."""


def utc_now() -> datetime:
    """Returns the present instant, in UTC."""
    return datetime.now(UTC)


def as_utc(instant: datetime) -> datetime:
    """Returns the same instant in UTC. Raises NaiveDatetimeError when it has no zone."""
    if instant.tzinfo is None:
        raise NaiveDatetimeError(f"{instant!r} has no time zone")
    return instant.astimezone(UTC)


def format_date(instant: datetime, zone: ZoneInfo) -> str:
    """Returns the day in `zone` as the job aids write it: 06/19/2025 (CLIA job aid 1.0, Figure 14)."""
    return as_utc(instant).astimezone(zone).strftime("%m/%d/%Y")


def format_instant(instant: datetime, zone: ZoneInfo) -> str:
    """Returns day, time and the zone's name: "06/19/2025 3:05 PM EDT"."""
    local = as_utc(instant).astimezone(zone)
    return f"{local:%m/%d/%Y} {local.hour % 12 or 12}:{local:%M %p} {local.tzname()}"
