"""A relay that has nothing to do asks one thing; what there is to do it sees at the first glance."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from celery import Celery
from sqlalchemy import event, insert, text, update
from sqlalchemy.orm import Session

from shared.db import Database
from shared.ids import new_id
from shared.messaging import receipts
from shared.messaging.broker import make_celery
from shared.messaging.glance import Glance, glance
from shared.messaging.outbox import CHANNEL, publish
from shared.messaging.relay import Relay
from shared.messaging.states import State
from shared.messaging.tables import inbox, outbox
from tests.shared.messages import NOW, FaultError, withdrawn

NOTHING = Glance(unsent=False, on_their_way=False, due=False)
NOBODY = "redis://127.0.0.1:9/0"


@pytest.fixture
def connection(database: Database) -> Iterator["psycopg.Connection[Any]"]:
    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as opened:
        yield opened


def _write(database: Database) -> None:
    with database.transaction() as session:
        publish(session, withdrawn(), correlation_id=new_id(), now=NOW)


def _change(database: Database, **values: object) -> None:
    with database.transaction() as session:
        session.execute(update(outbox).values(values))


def test_a_message_is_seen_until_its_subscriber_has_it(
    database: Database, connection: "psycopg.Connection[Any]"
) -> None:
    assert glance(connection, NOW) == NOTHING
    _write(database)
    assert glance(connection, NOW) == Glance(unsent=True, on_their_way=False, due=False)
    _change(database, sent_at=NOW)
    assert glance(connection, NOW) == Glance(unsent=False, on_their_way=True, due=False)
    _change(database, taken_at=NOW)
    assert glance(connection, NOW) == NOTHING


def test_a_receipt_that_was_noted_is_seen(database: Database, connection: "psycopg.Connection[Any]") -> None:
    with database.transaction() as session:
        receipts.write(session, [receipts.addressed({}, new_id(), "request_svc")], NOW)
    assert glance(connection, NOW).unsent


@pytest.mark.parametrize("state", [State.FAILED, State.WAITING])
def test_what_is_to_be_tried_again_is_seen_when_it_is_due(
    database: Database, connection: "psycopg.Connection[Any]", state: State
) -> None:
    row = {"message_id": new_id(), "type": "RequestWithdrawn", "state": state, "received_at": NOW, "due_at": NOW}
    with database.transaction() as session:
        session.execute(insert(inbox).values(row))
    assert not glance(connection, NOW - timedelta(seconds=1)).due
    assert glance(connection, NOW).due


def test_a_relay_with_nothing_to_do_asks_neither_its_tables_nor_the_broker(database: Database) -> None:
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *each: asked.append(each[2]))
    # A broker that nobody could reach: asking it would fail.
    Relay(database, make_celery("request_svc", NOBODY), "request_svc").sweep(NOW, NOTHING)
    assert asked == []


def test_a_relay_sees_what_was_written_before_it_began_to_listen_and_after(database: Database, broker: Celery) -> None:
    """Sent, both of them, though only the second one notifies anybody who hears it."""
    _write(database)
    relay = Relay(database, broker, "request_svc")
    ready = threading.Event()
    thread = threading.Thread(target=relay.run, args=(ready.set,))
    thread.start()
    try:
        assert ready.wait(20)
        _write(database)
        for _ in range(200):
            if _unsent(database) == 0:
                break
            threading.Event().wait(0.05)
        assert _unsent(database) == 0
    finally:
        relay.stop()
        thread.join(timeout=20)


def _unsent(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(text("SELECT count(*) FROM outbox WHERE sent_at IS NULL")) or 0


def test_a_transaction_wakes_the_relay_once_when_it_commits(
    database: Database, connection: "psycopg.Connection[Any]"
) -> None:
    connection.execute(f"LISTEN {CHANNEL}".encode())
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *each: asked.append(each[2]))

    def write_two(session: Session) -> None:
        for _ in range(2):
            publish(session, withdrawn(), correlation_id=new_id(), now=NOW)

    with database.transaction() as session:
        with session.begin_nested() as rolled_back:
            write_two(session)
            rolled_back.rollback()
        with session.begin_nested():
            write_two(session)
        assert not any(each.startswith("NOTIFY") for each in asked)
    assert [each for each in asked if each.startswith("NOTIFY")] == [f"NOTIFY {CHANNEL}"]
    assert len(list(connection.notifies(timeout=5, stop_after=1))) == 1


def test_a_transaction_that_fails_wakes_nobody(database: Database) -> None:
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *each: asked.append(each[2]))

    def write_and_fail() -> None:
        with database.transaction() as session:
            publish(session, withdrawn(), correlation_id=new_id(), now=NOW)
            raise FaultError

    with pytest.raises(FaultError):
        write_and_fail()
    assert not any(each.startswith("NOTIFY") for each in asked)
