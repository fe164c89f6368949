"""One glance at what a relay could have to do, so that one that has nothing to do costs next to nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection


@dataclass(frozen=True)
class Glance:
    """What there is: rows that were never sent (receipts too), rows on their way, and due messages of the inbox."""

    unsent: bool
    on_their_way: bool
    due: bool


EVERYTHING = Glance(unsent=True, on_their_way=True, due=True)
"""For whoever does not look first."""

# Each in the order of its partial index (ix_outbox_unsent, ix_outbox_untaken, ix_inbox_due), of which the first entry
# tells: without an order PostgreSQL may think that it finds one sooner by reading the table.
_FIRST = (
    "SELECT"
    " (SELECT true FROM outbox WHERE sent_at IS NULL ORDER BY queue, lane, id LIMIT 1),"
    " (SELECT true FROM outbox WHERE sent_at IS NOT NULL AND taken_at IS NULL ORDER BY queue, sent_at LIMIT 1),"
    " (SELECT true FROM inbox WHERE state IN ('failed', 'waiting') AND due_at <= %s ORDER BY due_at LIMIT 1)"
)


def glance(connection: Connection[Any], now: datetime) -> Glance:
    """Returns what there is, in one statement. The connection commits each statement."""
    found = connection.execute(_FIRST, [now]).fetchone() or (None, None, None)
    return Glance(*map(bool, found))
