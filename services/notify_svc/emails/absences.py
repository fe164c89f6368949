"""What the emails about the absence of an official share."""

from datetime import timedelta

from notify_svc.emails.email import Context, as_json
from shared.contracts import AbsenceBegun, Official

SAMPLE: Context = {
    "name": "Ann Brown",
    "absent": "John Smith",
    "absent_email": "john.smith@example.gov",
    "substitute": "Ann Brown",
    "begins_at": "2026-12-21T06:00:00+00:00",
    "ends_at": "2027-01-04T05:59:00+00:00",
    "waiting": 3,
    "zone": "America/Chicago",
}


def context_of(message: AbsenceBegun, reader: Official) -> Context:
    """Returns what a mail to the absent official, or to who acts for them, says; `substitute` is None for nobody.

    `ends_at` is the last minute of the absence: midnight would be taken for that of the day before.
    """
    return {
        "name": reader.name,
        "absent": message.official.name,
        "absent_email": message.official.email,
        "substitute": message.substitute.name if message.substitute else None,
        "begins_at": as_json(message.begins_at),
        "ends_at": as_json(message.ends_at - timedelta(minutes=1)),
        "waiting": message.waiting,
        "zone": reader.time_zone or message.time_zone,
    }
