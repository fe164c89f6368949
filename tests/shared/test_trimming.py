"""What is over is forgotten by age, a batch at a time, and what is not over never."""

from datetime import timedelta

from celery import Celery
from sqlalchemy import func, insert, select, update

from shared.db import Database
from shared.ids import new_id
from shared.messaging.outbox import publish
from shared.messaging.relay import Relay
from shared.messaging.states import State
from shared.messaging.tables import inbox, message_history, outbox
from shared.messaging.trimming import AT_ONCE
from tests.shared.messages import NOW, Recorder, enveloped, state_of, take, withdrawn


def test_old_messages_are_forgotten_but_not_what_was_not_taken_or_is_dead(database: Database, broker: Celery) -> None:
    relay = Relay(database, broker, "request_svc")
    poison, done = enveloped() | {"version": 9}, enveloped()
    take(database, Recorder(), [poison, done])
    with database.transaction() as session:
        publish(session, withdrawn(), correlation_id=new_id(), now=NOW)
        publish(session, withdrawn(), correlation_id=new_id(), now=NOW)
    relay.send_batch(NOW)
    with database.transaction() as session:
        first = session.execute(select(outbox.c.id).order_by(outbox.c.id)).scalars().first()
        session.execute(update(outbox).where(outbox.c.id == first).values(taken_at=NOW))
    relay.trim(NOW + timedelta(days=6))
    assert counted(database) == (2, 2)
    relay.trim(NOW + timedelta(days=31))
    assert counted(database) == (1, 1)
    assert state_of(database, poison) == "dead"


def counted(database: Database) -> tuple[int, int]:
    with database.reading() as session:
        outbox_rows = session.execute(select(func.count()).select_from(outbox)).scalar_one()
        inbox_rows = session.execute(select(func.count()).select_from(inbox)).scalar_one()
    return outbox_rows, inbox_rows


def test_the_history_of_a_message_goes_with_it(database: Database, broker: Celery) -> None:
    envelope, handler = enveloped(), Recorder(fails=1)
    take(database, handler, [envelope])
    take(database, handler, [envelope])
    relay = Relay(database, broker, "request_svc")
    relay.trim(NOW + timedelta(days=29))
    assert history_lines(database) == 1
    relay.trim(NOW + timedelta(days=31))
    assert history_lines(database) == 0


def history_lines(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(message_history)) or 0


def test_a_long_arrear_is_forgotten_a_batch_a_turn(database: Database, broker: Celery) -> None:
    done = {"type": "x", "state": State.DONE, "received_at": NOW, "handled_at": NOW}
    with database.transaction() as session:
        session.execute(insert(inbox), [done | {"message_id": new_id()} for _ in range(2 * AT_ONCE + 5)])
    relay, later = Relay(database, broker, "request_svc"), NOW + timedelta(days=31)
    assert [relay.trim(later) for _ in range(3)] == [True, True, False]
    assert counted(database) == (0, 0)


def test_trimming_waits_for_nobody_and_nobody_for_it(database: Database, broker: Celery) -> None:
    relay, held, free = Relay(database, broker, "request_svc"), enveloped(), enveloped()
    take(database, Recorder(), [held, free])
    with database.transaction() as session:
        session.execute(select(inbox).where(inbox.c.message_id == held["message_id"]).with_for_update()).one()
        relay.trim(NOW + timedelta(days=31))
    assert (state_of(database, held), state_of(database, free)) == ("done", None)


def test_what_is_not_over_stays_however_old_it_is(database: Database, broker: Celery) -> None:
    failed, waiting = enveloped(), enveloped() | {"after": [str(new_id())]}
    take(database, Recorder(fails=1), [failed])
    take(database, Recorder(), [waiting])
    Relay(database, broker, "request_svc").trim(NOW + timedelta(days=3650))
    assert (state_of(database, failed), state_of(database, waiting)) == ("failed", "waiting")
