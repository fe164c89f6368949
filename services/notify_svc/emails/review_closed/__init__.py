"""Tells officials that a review of roles is over, and what came of it."""

from notify_svc.emails.email import Context, Email, as_json, name_of, zone_of
from shared.contracts import Official, ReviewClosed

EMAIL = Email(
    name="review_closed",
    to="official",
    when="A review of roles is over",
    sample={
        "name": "John Smith",
        "place": "Alabama",
        "authority": "Security Officials of Alabama",
        "confirmed": 9,
        "removed": 2,
        "kept": 1,
        "ended": 0,
        "gone": 1,
        "opened_at": "2026-11-23T15:30:00+00:00",
        "closed_at": "2026-12-22T20:05:00+00:00",
        "review_id": "00000000-0000-0000-0000-000000000003",
        "zone": "America/Chicago",
    },
)


def context(message: ReviewClosed, official: Official) -> Context:
    """Returns what the mail to one of the officials says."""
    return {
        "name": official.name,
        "place": name_of(message.organization) or "national bodies",
        "authority": message.authority.name,
        "confirmed": message.confirmed,
        "removed": message.removed,
        "kept": message.kept_unanswered,
        "ended": message.removed_unanswered,
        "gone": message.gone,
        "opened_at": as_json(message.opened_at),
        "closed_at": as_json(message.closed_at),
        "review_id": str(message.review_id),
        "zone": official.time_zone or zone_of(message.organization),
    }
