"""How many officials an organization should have, and how often those of one that has fewer are told. Pure."""

from datetime import datetime, timedelta

RECOMMENDED_OFFICIALS = 2
"""Two Security Officials for each state or provider are recommended (User Roles Matrix 3.0, section 2)."""

GRACE = timedelta(days=7)
"""Nobody is told while officials are being named: for as long after the last change."""


def quarter_of(now: datetime) -> str:
    """Returns the quarter of the calendar that an instant lies in, such as "2026-Q4"."""
    return f"{now.year}-Q{(now.month - 1) // 3 + 1}"
