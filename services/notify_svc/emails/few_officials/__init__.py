"""Tells the officials of an organization, once a quarter, that they are fewer than recommended."""

from notify_svc.emails.email import Context, Email, name_of, zone_of
from shared.contracts import FewOfficials, Official

EMAIL = Email(
    name="few_officials",
    to="official",
    when="An organization has fewer officials than recommended: once a quarter",
    sample={
        "name": "John Smith",
        "organization": "Alabama",
        "authority": "Security Officials of Alabama",
        "number": 1,
        "recommended": 2,
        "quarter": "2026-Q4",
        "zone": "America/Chicago",
    },
)


def context(message: FewOfficials, official: Official) -> Context:
    """Returns what the mail to one of the officials says."""
    return {
        "name": official.name,
        "organization": name_of(message.organization),
        "authority": message.authority.name,
        "number": len(message.officials),
        "recommended": message.recommended,
        "quarter": message.quarter,
        "zone": official.time_zone or zone_of(message.organization),
    }
