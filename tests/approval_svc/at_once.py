"""Two transactions on two connections at the same time, in an order that the test decides."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.db import Database


@contextmanager
def meanwhile(database: Database, other: Callable[[], None]) -> Iterator[Session]:
    """Yields a transaction; when the block is done `other` starts, and only once it waits is the block committed."""
    thread = threading.Thread(target=other)
    with database.transaction() as session:
        yield session
        session.flush()
        thread.start()
        _wait_until_blocked(database)
    thread.join(timeout=20)
    assert not thread.is_alive()


def _wait_until_blocked(database: Database) -> None:
    for _ in range(250):
        with database.reading() as session:
            if session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                return
        time.sleep(0.02)
    raise AssertionError("the other transaction did not wait for the first")
