"""Asks an official to review the roles of an organization by a day, and reminds them of it."""

from notify_svc.emails.email import Context, Email, as_json, name_of, zone_of
from shared.contracts import ReviewDue, Reviewer

EMAIL = Email(
    name="review_due",
    to="official",
    when="The roles of an organization are to be reviewed; also to remind of it",
    sample={
        "name": "John Smith",
        "roles": "12 roles of Alabama",
        "authority": "Security Officials of Alabama",
        "left": 12,
        "would_end": 0,
        "number": 0,
        "others": ["Ann Brown"],
        "ends_at": "2026-12-22T20:05:00+00:00",
        "review_id": "00000000-0000-0000-0000-000000000003",
        "zone": "America/Chicago",
    },
)


def context(message: ReviewDue, reviewer: Reviewer) -> Context:
    """Returns what the mail to one of the officials says."""
    organization, official = name_of(message.organization), reviewer.official
    counted = f"{reviewer.left} role{'' if reviewer.left == 1 else 's'}"
    return {
        "name": official.name,
        "roles": f"{counted} of {organization}" if organization else f"{counted} of national bodies",
        "authority": message.authority.name,
        "left": reviewer.left,
        "would_end": reviewer.would_end,
        "number": message.number,
        "others": [each.official.name for each in message.reviewers if each is not reviewer],
        "ends_at": as_json(message.ends_at),
        "review_id": str(message.review_id),
        "zone": official.time_zone or zone_of(message.organization),
    }
