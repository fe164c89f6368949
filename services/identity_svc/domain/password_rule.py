"""What a new password must be (access job aid 3.1, Figure 2)."""

import re

SHORTEST = 15
LONGEST = 256
"""More than anybody types; a bound on what is hashed."""

SHORTEST_NAME = 3
SHORTEST_PART = 4
"""Shorter parts of a user ID turn up in random passwords by accident."""


def faults(password: str, *, user_id: str, name: str) -> list[str]:
    """Returns one sentence for each rule that the password breaks; none when it is good."""
    checks = {
        f"At least {SHORTEST} characters": len(password) >= SHORTEST,
        f"At most {LONGEST} characters": len(password) <= LONGEST,
        "Include a lowercase letter": any(character.islower() for character in password),
        "Include an uppercase letter": any(character.isupper() for character in password),
        "Include a number (0-9)": any(character in "0123456789" for character in password),
        "Cannot contain first name, last name, or part of user ID": not _tells(password, user_id, name),
    }
    return [sentence for sentence, holds in checks.items() if not holds]


def _tells(password: str, user_id: str, name: str) -> bool:
    names = [word for word in _words(name) if len(word) >= SHORTEST_NAME]
    parts = [word for word in _words(user_id) if len(word) >= SHORTEST_PART]
    return any(word in password.lower() for word in (*names, *parts))


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\W_]+", text.lower()) if word]
