"""Who signs in is told once a day: roles end when nobody does for long."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from request_svc.use_cases.note_sign_in import note_sign_in
from shared.db import Database
from shared.messaging.tables import outbox

MORNING = datetime(2026, 6, 1, 13, 0, tzinfo=UTC)


def signs_in(database: Database, user_id: str, *instants: datetime) -> None:
    for now in instants:
        with database.transaction() as session:
            note_sign_in(session, user_id, now)


def told(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        envelopes = session.scalars(
            select(outbox.c.envelope)
            .where(outbox.c.type == "SignedIn", outbox.c.queue == "notify_svc")
            .order_by(outbox.c.id)
        )
        return [(each["data"]["user_id"], each["data"]["signed_in_at"]) for each in envelopes]


def test_the_first_sign_in_of_a_day_is_told_and_no_other(request_database: Database) -> None:
    signs_in(request_database, "ada", MORNING, MORNING + timedelta(hours=3), MORNING + timedelta(hours=10))
    assert told(request_database) == [("ada", MORNING.isoformat())]


def test_mails_learn_by_whose_clock_they_are_read(request_database: Database) -> None:
    with request_database.transaction() as session:
        note_sign_in(session, "ada", MORNING, "Pacific/Guam")
    with request_database.reading() as session:
        (envelope,) = session.scalars(
            select(outbox.c.envelope).where(outbox.c.type == "SignedIn", outbox.c.queue == "notify_svc")
        )
    assert envelope["data"]["time_zone"] == "Pacific/Guam"


def test_each_day_and_each_person_is_told_anew(request_database: Database) -> None:
    tomorrow = MORNING + timedelta(hours=15)
    signs_in(request_database, "ada", MORNING, tomorrow)
    signs_in(request_database, "bea", MORNING)
    instants = [("ada", MORNING.isoformat()), ("ada", tomorrow.isoformat()), ("bea", MORNING.isoformat())]
    assert sorted(told(request_database)) == sorted(instants)
