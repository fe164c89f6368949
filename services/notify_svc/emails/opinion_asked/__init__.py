"""Asks an official what they think of a request that another one decides, with a link that allows only that."""

from notify_svc.emails.email import Context, Email, as_json, name_of, role_at, zone_of
from notify_svc.emails.waiting import or_none
from shared.contracts import OpinionAsked

EMAIL = Email(
    name="opinion_asked",
    to="official",
    when="Another official wants to know what this one thinks",
    has_opinion_link=True,
    while_open=True,
    sample={
        "name": "Rosa Klein",
        "asked_by": "John Smith",
        "question": "Does she survey for your unit?",
        "requester": "Maria Lopez",
        "role": role_at("State Agency S&C General User", ["Alabama"]),
        "role_name": "State Agency S&C General User",
        "organization": "Alabama",
        "requested_at": "2026-11-20T20:05:00+00:00",
        "expires_at": "2026-12-22T20:05:00+00:00",
        "links_expire_at": "2026-12-24T20:05:00+00:00",
        "zone": "America/Chicago",
        "opinion_id": "00000000-0000-0000-0000-000000000003",
    },
)


def context(message: OpinionAsked) -> Context:
    """Returns what the mail says and the id that its link is minted for."""
    organization = name_of(message.organization)
    return {
        "name": message.official.name,
        "asked_by": message.asked_by,
        "question": message.question,
        "requester": message.requester.name,
        "role": role_at(message.role_name, [organization] if organization else []),
        "role_name": message.role_name,
        "organization": organization,
        "requested_at": as_json(message.requested_at),
        "expires_at": or_none(message.expires_at),
        "links_expire_at": as_json(message.links_expire_at),
        "zone": message.official.time_zone or zone_of(message.organization),
        "opinion_id": str(message.opinion_id),
    }
