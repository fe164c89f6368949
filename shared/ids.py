"""Identifiers: UUIDs of version 7, which sort by the time of their making (RFC 9562, section 5.7)."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """Returns a new UUIDv7."""
    return UUID(int=uuid_utils.uuid7().int)
