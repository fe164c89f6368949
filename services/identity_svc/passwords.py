"""Password hashes: argon2id (RFC 9106) with the parameters below."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

# The OWASP Password Storage Cheat Sheet's parameters: 19 MiB for each login, so that many at once do not take the
# machine's memory. Raise them here and every account's hash follows at its next login.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_of(password: str) -> str:
    """Returns a salted hash. Costs a few tens of milliseconds."""
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
