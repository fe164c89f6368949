"""Who signs in is told once a day, and who fails to is not."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from identity_svc.domain.lockout import LockRule
from identity_svc.use_cases.sign_in import sign_in
from shared.db import Database
from shared.messaging.tables import outbox
from tests.identity_svc.factories import PASSWORD, new_account

RULE = LockRule(after=5, span=timedelta(minutes=15))
MORNING = datetime(2026, 6, 1, 13, 0, tzinfo=UTC)
TOMORROW = MORNING + timedelta(hours=15)


def test_the_first_sign_in_of_a_day_is_told(identity_database: Database) -> None:
    with identity_database.transaction() as session:
        session.add(new_account(now=MORNING))
    for password, now in (
        ("wrong", MORNING),
        (PASSWORD, MORNING),
        (PASSWORD, MORNING + timedelta(hours=9)),
        (PASSWORD, TOMORROW),
    ):
        with identity_database.transaction() as session:
            sign_in(session, "Sagu.Walk", password, RULE, now)
    with identity_database.reading() as session:
        told = session.scalars(
            select(outbox.c.envelope)
            .where(outbox.c.type == "SignedIn", outbox.c.queue == "notify_svc")
            .order_by(outbox.c.id)
        )
        expected = [
            {"user_id": "sagu.walk", "signed_in_at": each.isoformat(), "time_zone": "America/Chicago"}
            for each in (MORNING, TOMORROW)
        ]
        assert [each["data"] for each in told] == expected
