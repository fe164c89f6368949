"""Who is signed in in this browser."""

from dataclasses import dataclass

from flask import abort, session

PERSON = "person"
"""Key of the session under which the person stands."""


@dataclass(frozen=True)
class SignedIn:
    """Who signed in, from the id token: `user_id` is the subject; `zone` an IANA name or None."""

    user_id: str
    name: str
    email: str
    phone: str | None
    zone: str | None
    is_operations: bool


def current_person() -> SignedIn | None:
    """Returns who is signed in in this browser, or None."""
    stored = session.get(PERSON)
    return SignedIn(**stored) if stored else None


def signed_in_person() -> SignedIn:
    """Returns who is signed in, on a page that the guard opens to such people alone."""
    # A view that loses its mark must not go on: 403.
    return current_person() or abort(403)
