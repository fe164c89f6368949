"""User IDs: 6 to 74 characters (access job aid 3.1, Figure 2), the same in capital and small letters."""

import re

SHORTEST, LONGEST = 6, 74
_ALLOWED = re.compile(r"[a-z0-9][a-z0-9._@+-]*")


class BadUserIdError(ValueError):
    """A user ID cannot be used; the message says why in plain words."""


def normal(typed: str) -> str:
    """Returns the form in which a user ID is kept and compared."""
    return typed.strip().lower()


def checked(typed: str) -> str:
    """Returns the kept form of a new user ID. Raises BadUserIdError."""
    user_id = normal(typed)
    if not SHORTEST <= len(user_id) <= LONGEST:
        raise BadUserIdError(f"User ID must be between {SHORTEST}-{LONGEST} characters.")
    if not _ALLOWED.fullmatch(user_id):
        raise BadUserIdError("User ID can have letters, digits and . _ @ + - and begins with a letter or a digit.")
    return user_id
