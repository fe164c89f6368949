"""Password hashes: argon2id (RFC 9106) with the library's present parameters."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

_HASHER = PasswordHasher()


def hash_of(password: str) -> str:
    """Returns a salted hash. Costs a few tens of milliseconds and 64 MiB."""
    return _HASHER.hash(password)


def matches(password_hash: str, password: str) -> bool:
    """Whether the hash is of this password."""
    try:
        return _HASHER.verify(password_hash, password)
    except VerificationError:
        return False


def outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than the present ones."""
    return _HASHER.check_needs_rehash(password_hash)


def match_nothing(password: str) -> None:
    """Does the work of a comparison, so that an answer's time does not tell which user IDs exist."""
    matches(nobodys_hash(), password)


@cache
def nobodys_hash() -> str:
    """Returns a hash that no password matches."""
    return hash_of(secrets.token_urlsafe(32))
