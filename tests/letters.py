"""Dead letters for pages and commands, as they come over a queue."""

from typing import Any
from uuid import UUID

from shared.clock import utc_now
from shared.contracts import RequestWithdrawn
from shared.db import Database
from shared.ids import new_id
from shared.messaging import inbox
from shared.messaging.envelope import Envelope


def unreadable(**changed: Any) -> dict[str, Any]:
    """Returns an envelope whose data do not fit their schema."""
    message = RequestWithdrawn(request_id=new_id(), withdrawn_at=utc_now())
    envelope = Envelope.around(message, correlation_id=new_id(), cause=None, now=utc_now()).to_json() | changed
    return envelope | {"data": envelope["data"] | {"withdrawn_at": "last Tuesday"}}


def dead_letter(database: Database, **changed: Any) -> UUID:
    """Buries a message that cannot be read; returns its id."""
    envelope = unreadable(**changed)
    with database.transaction() as session:
        inbox.take(session, {}, [envelope], utc_now())
    return UUID(envelope["message_id"])
