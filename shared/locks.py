"""The kinds of advisory locks in a service's database: each kind has keys of its own.

PostgreSQL keeps locks of two numbers apart from locks of one; here the first number is the kind and the second is the
key. What one kind is locked for, such as an id that came with a message, can so never be the key of another kind.
"""

from enum import IntEnum


class Lock(IntEnum):
    """The first number of a lock."""

    ORDER = 1
    """Taking messages about the same; the key is made of their correlation id."""
    AUDIT = 2
    """Writing the audit; one key, 0."""
    DIRECTORY = 3
    """Reading or changing the directory of officials; one key, 0."""
