"""What the program knows of an email besides its three files."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from shared.contracts import Organization

Context = dict[str, Any]
"""What a template is rendered with, as JSON values: it is stored with the notice."""


@dataclass(frozen=True, kw_only=True)
class Email:
    """One email: `name` is its folder; `sample` a context with which operations preview it."""

    name: str
    to: Literal["requester", "official", "account holder", "role holder"]
    when: str
    sample: Context
    has_link: bool = False
    """Whether a decision link is minted when it is rendered, for `approval_id` and `official_id` of its context."""
    has_opinion_link: bool = False
    """Whether a link to a question among officials is minted, for `opinion_id` of its context."""
    has_digest_link: bool = False
    """Whether the link of a digest is minted, for `digest_id` and `official_id` of its context."""
    until_answered: bool = False
    """Whether it is of interest only until the question of its context, `question_id`, is answered."""
    while_open: bool = False
    """Whether it is of interest only while the approval waits: one that is not sent yet is skipped when it closes."""


def as_json(instant: datetime) -> str:
    """Returns the instant as ISO 8601 text with its zone; the filters `instant` and `day` of the templates read it."""
    return instant.isoformat()


def name_of(organization: Organization | None) -> str | None:
    """Returns the organization's name, or None for a national role."""
    return organization.name if organization else None


def zone_of(*organizations: Organization | None) -> str | None:
    """Returns the time zone of the first organization that has one: the best guess at a requester's own."""
    return next((one.time_zone for one in organizations if one and one.time_zone), None)


def role_at(role_name: str, organizations: list[str]) -> str:
    """Returns the role and where it is asked for, for subjects and headings.

    "CMS General User", "State Agency S&C General User, Alabama" or "Contract Surveyor, 2 organizations", with a
    dash for the comma.
    """
    if not organizations:
        return role_name
    place = organizations[0] if len(organizations) == 1 else f"{len(organizations)} organizations"
    return f"{role_name} \N{EN DASH} {place}"
