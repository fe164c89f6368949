"""From what the sign-in provider says of a person to what our pages, messages and mails may rely on.

A provider is trusted to say who somebody is, not to send only text that can be stored: HARP, Okta and Keycloak let
people type their own names.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from shared.texts import LONGEST_NAME, one_line
from shared.web.person import SignedIn

_SUBJECT = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?")
"""At most 255 ASCII characters (OpenID Connect Core 1.0, section 2)."""
_ADDRESS = re.compile(r"[^@\s<>,;:\"()]+@[^@\s<>,;:\"()]+")
LONGEST_ADDRESS = 254
LONGEST_PHONE = 40


class UnusableClaimsError(ValueError):
    """The provider names nobody whom we could know again or write to."""


def person_from(claims: Mapping[str, Any], *, operations_group: str) -> SignedIn:
    """Returns who signed in; what is only shown is cleaned, and a time zone that nobody knows is left out.

    Raises:
        UnusableClaimsError: the subject or the address cannot be used as it is, or the address is not verified.
    """
    user_id, email = claims.get("sub"), claims.get("email")
    if not isinstance(user_id, str) or not _SUBJECT.fullmatch(user_id):
        raise UnusableClaimsError("no subject that can be kept")
    if not isinstance(email, str) or not _is_address(email) or claims.get("email_verified") is False:
        raise UnusableClaimsError("no address that mail can go to")
    return SignedIn(
        user_id=user_id,
        name=_line(claims.get("name"), LONGEST_NAME) or user_id,
        email=email,
        phone=_line(claims.get("phone_number"), LONGEST_PHONE) or None,
        zone=_zone(claims.get("zoneinfo")),
        is_operations=operations_group in _groups(claims.get("groups")),
    )


def _is_address(email: str) -> bool:
    return len(email) <= LONGEST_ADDRESS and one_line(email) == email and _ADDRESS.fullmatch(email) is not None


def _line(claim: Any, longest: int) -> str:
    return one_line(claim)[:longest].rstrip() if isinstance(claim, str) else ""


def _zone(claim: Any) -> str | None:
    return claim if isinstance(claim, str) and claim in _zones() else None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _groups(claim: Any) -> list[Any]:
    # Some providers send the only group as text; a name that merely contains ours must not count.
    return claim if isinstance(claim, list) else [claim]
