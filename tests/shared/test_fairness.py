"""One organization's flood does not starve the rest, and a backlog stays where it is safe."""

from datetime import timedelta
from typing import Any

from celery import Celery
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from shared.contracts import NoticeQueued, RequestWithdrawn
from shared.db import Database
from shared.ids import new_id
from shared.messaging import receipts, worker
from shared.messaging.claims import BATCH
from shared.messaging.envelope import RECEIPT, Envelope
from shared.messaging.outbox import publish
from shared.messaging.queues import traffic
from shared.messaging.relay import Relay
from shared.messaging.tables import outbox
from tests.shared.messages import NOW, enveloped, take, withdrawn
from tests.shared.test_receipts import taken_off


def flood(database: Database, lane: str, messages: int) -> None:
    """Writes many rows at once, as `publish` would one by one."""
    envelope = enveloped()
    row = {"queue": "approval_svc", "type": "RequestWithdrawn", "lane": lane, "envelope": envelope, "written_at": NOW}
    rows = [row | {"id": new_id(), "message_id": new_id(), "correlation_id": new_id()} for _ in range(messages)]
    with database.transaction() as session:
        session.execute(insert(outbox), rows)


def sent_lanes(database: Database) -> dict[str, int]:
    with database.reading() as session:
        sent = select(outbox.c.lane, func.count()).where(outbox.c.sent_at.is_not(None)).group_by(outbox.c.lane)
        return dict(session.execute(sent).all())


def take_everything(database: Database) -> None:
    with database.transaction() as session:
        session.execute(update(outbox).where(outbox.c.sent_at.is_not(None)).values(taken_at=NOW))


def test_anothers_message_goes_out_with_the_next_batch_of_a_flood(database: Database, broker: Celery) -> None:
    relay = Relay(database, broker, "request_svc")
    flood(database, "state:AL", 2000)
    assert relay.send_batch(NOW) == BATCH
    flood(database, "state:AK", 1)
    assert relay.send_batch(NOW) == BATCH
    assert sent_lanes(database) == {"state:AL": 2 * BATCH - 1, "state:AK": 1}


def test_lanes_take_turns(database: Database, broker: Celery) -> None:
    for lane in ("state:AL", "state:AK", "state:AZ", ""):
        flood(database, lane, 300)
    Relay(database, broker, "request_svc").send_batch(NOW)
    assert sent_lanes(database) == dict.fromkeys(("state:AL", "state:AK", "state:AZ", ""), BATCH // 4)


def test_a_backlog_stays_in_the_outbox_until_the_broker_has_room(database: Database, broker: Celery) -> None:
    relay, window = Relay(database, broker, "request_svc"), traffic("approval_svc").window
    flood(database, "state:AL", window + 300)
    assert list(iter(lambda: relay.send_batch(NOW), 0)) == [BATCH] * (window // BATCH)
    take_everything(database)
    assert list(iter(lambda: relay.send_batch(NOW), 0)) == [BATCH, 100]


def test_mails_travel_alone_and_few_at_a_time(database: Database, broker: Celery) -> None:
    relay = Relay(database, broker, "notify_svc")
    with database.transaction() as session:
        for _ in range(150):
            publish(session, NoticeQueued(notice_id=new_id(), queued_at=NOW), correlation_id=new_id(), now=NOW)
    assert relay.send_batch(NOW) == 100
    assert len(taken_off(broker, "notify_svc.mail")) == 1


def test_a_full_window_holds_no_receipt(database: Database, broker: Celery) -> None:
    relay = Relay(database, broker, "request_svc")
    flood(database, "state:AL", traffic("approval_svc").window + 1)
    while relay.send_batch(NOW):
        pass
    with database.transaction() as session:
        receipts.write(session, [receipts.addressed(enveloped(), new_id(), "approval_svc")], NOW)
    assert relay.send_receipts() == 1


def lanes_of(database: Database) -> list[str]:
    with database.reading() as session:
        return [row.envelope["lane"] for row in session.execute(select(outbox).order_by(outbox.c.id))]


def test_what_a_message_causes_stays_in_its_lane(database: Database, broker: Celery) -> None:
    def answer(session: Session, message: RequestWithdrawn, envelope: Envelope, now: Any) -> None:
        publish(session, withdrawn(), correlation_id=new_id(), now=now)

    take(database, answer, [enveloped() | {"lane": "state:AL"}])
    assert lanes_of(database) == ["state:AL"]


def test_what_a_page_writes_about_a_request_stays_in_the_requests_lane(database: Database) -> None:
    about = new_id()
    with database.transaction() as session:
        publish(session, withdrawn(), correlation_id=about, now=NOW, lane="state:AL")
    with database.transaction() as session:
        publish(session, withdrawn(), correlation_id=about, now=NOW + timedelta(days=1))
        publish(session, withdrawn(), correlation_id=new_id(), now=NOW)
    assert lanes_of(database) == ["state:AL", "state:AL", ""]


def test_an_envelope_from_before_there_were_lanes_is_read(database: Database) -> None:
    old = {key: value for key, value in enveloped().items() if key not in ("lane", "after")}
    assert Envelope.from_json(old).lane == ""
    worker.receive_chunk(database, {"RequestWithdrawn": lambda *_: None}, {}, [old])


def test_a_message_in_the_lane_of_receipts_is_no_receipt(database: Database, broker: Celery) -> None:
    relay = Relay(database, broker, "request_svc")
    flood(database, RECEIPT, 1)
    assert relay.send_receipts() == 0
    assert relay.send_batch(NOW) == 1
    assert Envelope.from_json(enveloped() | {"lane": RECEIPT}).lane == ""
