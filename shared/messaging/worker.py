"""The one Celery task: it receives a chunk of envelopes and gives them to the inbox."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from celery import Celery
from celery.exceptions import Reject
from celery.worker.request import Request
from sqlalchemy.exc import InterfaceError, OperationalError

from shared.clock import utc_now
from shared.db import Database
from shared.messaging import inbox, receipts
from shared.messaging.broker import TASK

log = structlog.get_logger(__name__)

Effect = Callable[[Sequence[dict[str, Any]]], None]
"""Handles envelopes (JSON values) of one type outside any transaction, because what it does cannot be rolled
back (SMTP). It guards its own rows against being done twice."""


class CandidRequest(Request):
    """Lets an acknowledgement that cannot be sent end the connection, so that the worker makes a new one.

    Celery logs the error and goes on, with a message that counts as held for good: a worker that may hold two takes
    nothing any more after the second, and looks as if it were running.
    """

    def __init__(self, message: Any, **options: Any) -> None:
        super().__init__(message, **options | {"connection_errors": ()})


PAUSE_WITHOUT_DATABASE_SECONDS = 1.0


def register(
    app: Celery, database: Database, handlers: Mapping[str, inbox.Handler], effects: Mapping[str, Effect]
) -> None:
    """Makes the app receive messages for these handlers and effects."""

    # Not shared: a task belongs to the app whose database it writes to, never to another in the same process.
    @app.task(name=TASK, shared=False, Request=CandidRequest)
    def receive(raw: list[Any]) -> None:
        try:
            receive_chunk(database, handlers, effects, raw)
        except (OperationalError, InterfaceError) as error:
            # Without the database nothing can be recorded. The chunk goes back to the queue whole; the inbox
            # makes that harmless.
            log.warning("database not usable, chunk goes back", error=type(error).__name__)
            time.sleep(PAUSE_WITHOUT_DATABASE_SECONDS)
            raise Reject(str(type(error).__name__), requeue=True) from error


def receive_chunk(
    database: Database, handlers: Mapping[str, inbox.Handler], effects: Mapping[str, Effect], raw: Sequence[Any]
) -> None:
    """Handles a chunk: what can be rolled back in one transaction with its receipt, the rest outside of any."""
    arrived = [one for one in raw if receipts.is_receipt(one)]
    outside = [one for one in raw if isinstance(one, dict) and one.get("type") in effects]
    inside = [one for one in raw if one not in arrived and one not in outside]
    now = utc_now()
    with database.transaction() as session:
        receipts.take(session, arrived, now)
        inbox.take(session, handlers, inside, now)
        receipts.write(session, inside, now)
    for kind in {one["type"] for one in outside}:
        effects[kind]([one for one in outside if one["type"] == kind])
    if outside:
        with database.transaction() as session:
            receipts.write(session, outside, utc_now())
