"""Messages about the same take effect in the order of writing, in whatever order and however often they come."""

import threading
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from shared.contracts import NoticeQueued, RequestWithdrawn
from shared.db import Database
from shared.ids import new_id
from shared.locks import Lock
from shared.messaging import inbox
from shared.messaging.envelope import Envelope
from shared.messaging.outbox import publish
from shared.messaging.states import State
from shared.messaging.tables import inbox as inbox_table
from shared.messaging.tables import outbox
from tests.shared.messages import NOW, FaultError, Recorder, enveloped, state_of, take, withdrawn


def chain(length: int, correlation_id: UUID | None = None) -> list[dict[str, Any]]:
    """Envelopes of one request as its sender's relay sends them, each after the one before."""
    about = {"correlation_id": str(correlation_id or new_id())}
    made = [enveloped() | about for _ in range(length)]
    return made[:1] + [later | {"after": [before["message_id"]]} for before, later in pairwise(made)]


def request_ids(chain: list[dict[str, Any]]) -> list[UUID]:
    return [UUID(one["data"]["request_id"]) for one in chain]


def heard(handler: Recorder, chain: list[dict[str, Any]]) -> list[UUID]:
    mine = set(request_ids(chain))
    return [message.request_id for message in handler.seen if message.request_id in mine]


def written(database: Database) -> list[Any]:
    with database.reading() as session:
        return list(session.execute(select(outbox).order_by(outbox.c.id)))


def write(database: Database, correlation_id: UUID) -> None:
    with database.transaction() as session:
        publish(session, withdrawn(), correlation_id=correlation_id, now=NOW)


def test_a_message_names_the_one_written_before_it_about_the_same_for_the_same_subscriber(database: Database) -> None:
    about, other = new_id(), new_id()
    with database.transaction() as session:
        publish(session, withdrawn(), correlation_id=about, now=NOW)
        publish(session, withdrawn(), correlation_id=about, now=NOW)
    write(database, other)
    write(database, about)
    first, second, alone, third = written(database)
    assert [first.after, second.after, alone.after, third.after] == [
        [],
        [first.message_id],
        [],
        [second.message_id],
    ]


def test_what_is_written_after_two_that_did_not_see_each_other_comes_after_both(database: Database) -> None:
    about = new_id()
    with database.transaction() as one, database.transaction() as other:
        publish(one, withdrawn(), correlation_id=about, now=NOW)
        publish(other, withdrawn(), correlation_id=about, now=NOW)
    write(database, about)
    *at_once, last = written(database)
    assert [row.after for row in at_once] == [[], []]
    assert set(last.after) == {row.message_id for row in at_once}


def test_mails_wait_for_no_other(database: Database) -> None:
    with database.transaction() as session:
        for _ in range(2):
            notice = NoticeQueued(notice_id=new_id(), queued_at=NOW)
            publish(session, notice, correlation_id=UUID(int=1), now=NOW)
    assert [row.after for row in written(database)] == [[], []]


# The bare database is emptied here for each example, which the fixture does for each test only.
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_and_repetition_of_arrival_takes_effect_in_the_order_of_writing(
    database: Database, data: st.DataObject
) -> None:
    with database.transaction() as session:
        session.execute(text("TRUNCATE inbox, message_history"))
    chains = [chain(data.draw(st.integers(1, 4))) for _ in range(data.draw(st.integers(1, 3)))]
    all_of_them = [one for each in chains for one in each]
    repeated = data.draw(st.lists(st.sampled_from(all_of_them), max_size=6))
    arriving = data.draw(st.permutations(all_of_them + repeated))
    handler = Recorder()
    while arriving:
        size = data.draw(st.integers(1, len(arriving)))
        take(database, handler, arriving[:size])
        arriving = arriving[size:]
    for each in chains:
        assert heard(handler, each) == request_ids(each)


def test_what_waits_is_taken_in_the_transaction_in_which_the_first_comes(database: Database) -> None:
    (first, *later), handler = chain(4), Recorder()
    take(database, handler, later[::-1])
    assert handler.seen == []
    assert {state_of(database, one) for one in later} == {"waiting"}
    take(database, handler, [first])
    assert heard(handler, [first, *later]) == request_ids([first, *later])
    assert {state_of(database, one) for one in later} == {"done"}


def test_what_comes_after_a_message_that_fails_waits_until_it_succeeds(database: Database) -> None:
    messages, handler = chain(3), Recorder(fails=1)
    take(database, handler, messages)
    assert [state_of(database, one) for one in messages] == ["failed", "waiting", "waiting"]
    with database.transaction() as session:
        due = inbox.claim_due(session, NOW + timedelta(seconds=2), 10)
    take(database, handler, due)
    assert heard(handler, messages) == request_ids(messages)


def test_one_that_fails_among_those_that_waited_stops_only_those_after_it(database: Database) -> None:
    (first, second, third), seen = chain(3), Recorder()

    def handler(session: Session, message: RequestWithdrawn, envelope: Envelope, now: Any) -> None:
        if str(envelope.message_id) == second["message_id"]:
            raise FaultError("this one only")
        seen(session, message, envelope, now)

    take(database, handler, [third, second])
    take(database, handler, [first])
    assert [state_of(database, one) for one in (first, second, third)] == ["done", "failed", "waiting"]
    assert heard(seen, [first, second, third]) == request_ids([first])


def test_what_comes_after_a_dead_letter_waits_until_that_is_closed(database: Database) -> None:
    (first, second), handler = chain(2), Recorder()
    take(database, handler, [first | {"version": 9}, second])
    assert [state_of(database, one) for one in (first, second)] == ["dead", "waiting"]
    with database.transaction() as session:
        assert inbox.claim_due(session, NOW, 10) == []
        inbox.release(session, {UUID(first["correlation_id"])}, NOW)
        closed = update(inbox_table).where(inbox_table.c.message_id == UUID(first["message_id"]))
        session.execute(closed.values(state=State.CLOSED))
        released = inbox.claim_due(session, NOW, 10)
    take(database, handler, released)
    assert heard(handler, [second]) == request_ids([second])


def test_one_whose_predecessor_never_comes_is_a_dead_letter_after_a_day_and_a_replay_takes_it(
    database: Database,
) -> None:
    (_, orphan), handler, late = chain(2), Recorder(), NOW + timedelta(days=1, minutes=20)
    take(database, handler, [orphan])
    for moment, state in ((NOW + timedelta(hours=23), "waiting"), (late, "dead")):
        with database.transaction() as session:
            due = inbox.claim_due(session, moment, 10)
        take(database, handler, due, moment)
        assert state_of(database, orphan) == state
    with database.transaction() as session:
        session.execute(update(inbox_table).values(state=State.FAILED, attempts=0, replayed_at=late, due_at=late))
        due = inbox.claim_due(session, late, 10)
    take(database, handler, due, late)
    assert heard(handler, [orphan]) == request_ids([orphan])


def test_what_operations_repaired_is_taken_though_the_broken_one_comes_again(database: Database) -> None:
    good, handler = enveloped(), Recorder()
    broken = good | {"data": {}}
    take(database, handler, [broken])
    with database.transaction() as session:
        session.execute(update(inbox_table).values(state=State.FAILED, envelope=good, due_at=NOW))
    take(database, handler, [broken])
    assert state_of(database, good) == "done"


@pytest.mark.parametrize("first_to_begin", [0, 1])
def test_two_workers_with_neighbours_forget_neither(database: Database, first_to_begin: int) -> None:
    """The one that begins second waits for the other's transaction, so it cannot miss what that one stores."""
    messages, handler = chain(2), Recorder()
    begun = threading.Event()

    def slowly(session: Session, message: RequestWithdrawn, envelope: Envelope, now: Any) -> None:
        handler(session, message, envelope, now)

    one, other = messages[first_to_begin], messages[1 - first_to_begin]

    def later() -> None:
        begun.set()
        take(database, slowly, [other])

    thread = threading.Thread(target=later)
    with database.transaction() as session:
        inbox.take(session, {"RequestWithdrawn": slowly}, [one], NOW)
        thread.start()
        begun.wait(10)
        while not is_somebody_waiting(database):
            assert thread.is_alive()
    thread.join(timeout=20)
    assert heard(handler, messages) == request_ids(messages)
    assert {state_of(database, each) for each in messages} == {"done"}


def is_somebody_waiting(database: Database) -> bool:
    with database.reading() as session:
        waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return bool(session.scalar(waiting))


def test_no_message_chooses_an_id_that_keeps_the_audit_waiting(database: Database) -> None:
    """What is locked for messages about the same is of another kind than every other lock."""
    audits, about = 0xA0D17, [UUID(int=1), UUID(int=0), UUID(int=0xA0D17)]
    with database.transaction() as session:
        inbox.take(
            session,
            {"RequestWithdrawn": Recorder()},
            [enveloped() | {"correlation_id": str(each)} for each in about],
            NOW,
        )
        with database.transaction() as other:
            for key in (1, 0, audits):
                assert other.scalar(select(func.pg_try_advisory_xact_lock(key)))
                assert other.scalar(select(func.pg_try_advisory_xact_lock(Lock.AUDIT.value, key)))
                assert not other.scalar(select(func.pg_try_advisory_xact_lock(Lock.ORDER.value, key)))
