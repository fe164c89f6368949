"""The tables that every service's database has for its messages."""

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.db import UtcDateTime, new_metadata, words
from shared.messaging.states import Event, Kind, State

_metadata = new_metadata()

outbox = Table(
    "outbox",
    _metadata,
    Column("id", Uuid, primary_key=True, comment="UUIDv7: sorts by the time of writing"),
    Column("message_id", Uuid, nullable=False),
    Column("queue", String(64), nullable=False, comment="one row for each subscriber"),
    Column("type", String(64), nullable=False),
    Column("correlation_id", Uuid, nullable=False),
    Column(
        "after",
        ARRAY(Uuid),
        nullable=False,
        server_default="{}",
        comment="message ids that the subscriber must be done with before",
    ),
    Column("lane", Text, nullable=False, server_default="", comment="whose message it is: lanes take turns"),
    Column("envelope", JSONB, nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime, comment="when the broker took it last"),
    Column("sends", Integer, nullable=False, server_default="0", comment="how often the broker took it"),
    Column("sent_into", Text, comment="which memory of the broker took it last"),
    Column("taken_at", UtcDateTime, comment="when its subscriber was known to have it"),
)
Index("ix_outbox_unsent", outbox.c.queue, outbox.c.lane, outbox.c.id, postgresql_where=outbox.c.sent_at.is_(None))
Index(
    "ix_outbox_untaken",
    outbox.c.queue,
    outbox.c.sent_at,
    postgresql_where=outbox.c.sent_at.is_not(None) & outbox.c.taken_at.is_(None),
)
Index("ix_outbox_correlation_id_queue", outbox.c.correlation_id, outbox.c.queue)
Index("ix_outbox_taken_at", outbox.c.taken_at, postgresql_where=outbox.c.taken_at.is_not(None))

inbox = Table(
    "inbox",
    _metadata,
    Column("message_id", Uuid, primary_key=True),
    Column("type", String(64), nullable=False),
    Column("correlation_id", Uuid),
    Column("after", ARRAY(Uuid), nullable=False, server_default="{}", comment="message ids that must be over before"),
    Column("state", words("state", State), nullable=False),
    Column("kind", words("kind", Kind), comment="of the last failure"),
    Column("attempts", Integer, nullable=False, server_default="0", comment="since it came or was replayed"),
    Column("envelope", JSONB, comment="kept only while the message is not done"),
    Column("error", Text, comment="the last failure, in one line"),
    Column("received_at", UtcDateTime, nullable=False),
    Column("replayed_at", UtcDateTime, comment="when operations sent it on its way again"),
    Column("due_at", UtcDateTime, comment="when a failed or waiting message is looked at again"),
    Column("handled_at", UtcDateTime, comment="when it was done or closed"),
)
Index("ix_inbox_due", inbox.c.due_at, postgresql_where=inbox.c.state.in_([State.FAILED, State.WAITING]))
Index("ix_inbox_waiting", inbox.c.correlation_id, postgresql_where=inbox.c.state == State.WAITING)
Index(
    "ix_inbox_open",
    inbox.c.state,
    inbox.c.received_at,
    postgresql_where=inbox.c.state.in_([State.FAILED, State.WAITING, State.DEAD]),
)
Index("ix_inbox_correlation_id", inbox.c.correlation_id)
Index("ix_inbox_handled_at", inbox.c.handled_at, postgresql_where=inbox.c.handled_at.is_not(None))

message_history = Table(
    "message_history",
    _metadata,
    Column("id", Uuid, primary_key=True, comment="UUIDv7: sorts by time"),
    Column(
        "message_id",
        Uuid,
        ForeignKey("inbox.message_id", ondelete="CASCADE"),
        nullable=False,
        comment="its history goes when the message is forgotten",
    ),
    Column("at", UtcDateTime, nullable=False),
    Column("what", words("what", Event), nullable=False),
    Column("by", Text, comment="who did it, if a person did"),
    Column("kind", words("kind", Kind)),
    Column("attempt", Integer),
    Column("error", Text, comment="in one line"),
    Column("traceback", Text),
    Column("reason", Text, comment="what the person wrote"),
    Column("envelope", JSONB, comment="of a repair: {before, after}"),
)
Index("ix_message_history_message_id", message_history.c.message_id, message_history.c.id)


def messaging_tables(metadata: MetaData) -> None:
    """Adds `outbox`, `inbox` and `message_history` to a service's metadata, so that its migrations make them."""
    for table in (outbox, inbox, message_history):
        table.to_metadata(metadata)
