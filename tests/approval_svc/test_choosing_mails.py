"""What an official who chose how to be mailed gets, and what becomes of the mail of a digest."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from approval_svc import mail_queries
from approval_svc.domain.digests import Mails
from approval_svc.domain.refusals import NotAnOfficialError
from approval_svc.settings import Settings
from approval_svc.tables import ApprovalRow, OfficialRow
from approval_svc.worker import make_handlers
from shared.audit import Action
from shared.contracts import (
    ApprovalRequested,
    DigestDue,
    ExpiryAnnounced,
    NoticeFailed,
    NoticeSent,
)
from shared.db import Database
from shared.messaging import inbox
from shared.messaging.envelope import Envelope
from shared.settings import load
from tests.approval_svc.digests import (
    FIVE_DAYS_BEFORE,
    MONDAY,
    TUESDAY_AT_8,
    WEDNESDAY,
    beat,
    choose,
    digests,
    mailed_at_once,
    more,
    reminders,
    tick,
    waiting,
)
from tests.approval_svc.factories import (
    asked,
    official,
    published,
)
from tests.audit import entries


def test_who_wants_a_digest_alone_gets_no_mail_for_each_request_and_reminder(approval_database: Database) -> None:
    waiting(approval_database, 0)
    choose(approval_database, Mails.DIGEST)
    more(approval_database, 1, MONDAY)
    with approval_database.reading() as session:
        (asked,) = published(session, ApprovalRequested)
    assert [each.user_id for each in asked.officials] == ["loretta"]
    assert mailed_at_once(asked) == set()
    tick(approval_database, WEDNESDAY)
    (reminder,) = reminders(approval_database)
    assert mailed_at_once(reminder) == set()
    assert digests(approval_database) == []  # the daily one lists it


def test_who_wants_both_gets_both(approval_database: Database) -> None:
    waiting(approval_database, 0)
    choose(approval_database, Mails.BOTH)
    more(approval_database, 1, MONDAY)
    with approval_database.reading() as session:
        (asked,) = published(session, ApprovalRequested)
    assert mailed_at_once(asked) == {"loretta"}
    beat(approval_database, TUESDAY_AT_8)
    assert len(digests(approval_database)) == 1


def test_that_a_request_expires_is_told_at_once_even_to_who_wants_a_digest_alone(approval_database: Database) -> None:
    waiting(approval_database, 0)
    choose(approval_database, Mails.DIGEST)
    more(approval_database, 1, MONDAY)
    tick(approval_database, FIVE_DAYS_BEFORE)
    with approval_database.reading() as session:
        (notice,) = published(session, ExpiryAnnounced)
    assert mailed_at_once(notice) == {"loretta"}


def test_who_chooses_immediate_mails_again_gets_no_digest_any_more(approval_database: Database) -> None:
    waiting(approval_database, 2)
    choose(approval_database, Mails.DIGEST)
    choose(approval_database, Mails.IMMEDIATE)
    assert beat(approval_database, TUESDAY_AT_8) == 0
    assert digests(approval_database) == []


def test_a_choice_is_kept_with_who_made_it_and_the_same_again_is_none(approval_database: Database) -> None:
    waiting(approval_database, 0)
    for mails in (Mails.IMMEDIATE, Mails.BOTH, Mails.BOTH):
        choose(approval_database, mails)
    (entry,) = entries(approval_database, Action.OFFICIAL_MAILS_CHOSEN)
    assert (entry.who, entry.before, entry.after) == ("user:loretta", {"mails": "immediate"}, {"mails": "both"})


def test_who_stands_for_nobody_has_nothing_to_choose(approval_database: Database) -> None:
    with pytest.raises(NotAnOfficialError):
        choose(approval_database, Mails.DIGEST)


def mail_failed(digest: DigestDue, *, permanent: bool) -> NoticeFailed:
    return NoticeFailed(
        notice_id=uuid4(),
        template="digest",
        recipient=digest.official.user_id,
        request_id=None,
        approval_id=None,
        reason="550 no such mailbox",
        permanent=permanent,
        failed_at=TUESDAY_AT_8 + timedelta(minutes=1),
    )


def hear(database: Database, environ: dict[str, str], message: NoticeFailed | NoticeSent, about: DigestDue) -> None:
    """The message comes through the inbox, as notify_svc sends it: with the digest's id as its correlation id."""
    envelope = Envelope.around(message, correlation_id=about.digest_id, cause=None, now=TUESDAY_AT_8)
    with database.transaction() as session:
        inbox.take(session, make_handlers(load(Settings, environ)), [envelope.to_json()], TUESDAY_AT_8)
        assert inbox.count_by_state(session) == {}


def test_an_address_that_refuses_a_digest_passes_its_official_over(
    approval_database: Database, settings_environ: dict[str, str]
) -> None:
    waiting(approval_database, 2)
    with approval_database.transaction() as session:
        official(session, "cms", "cms", "margaret")
    choose(approval_database, Mails.DIGEST)
    beat(approval_database, TUESDAY_AT_8)
    (digest,) = digests(approval_database)
    hear(approval_database, settings_environ, mail_failed(digest, permanent=True), digest)
    with approval_database.reading() as session:
        assert [asked(approval) for approval in session.scalars(select(ApprovalRow))] == [{"margaret"}] * 2


def test_a_refusal_from_before_somebody_vouched_for_the_address_passes_nobody_over(
    approval_database: Database, settings_environ: dict[str, str]
) -> None:
    loretta = waiting(approval_database, 2)
    choose(approval_database, Mails.DIGEST)
    beat(approval_database, TUESDAY_AT_8)
    with approval_database.transaction() as session:
        session.get_one(OfficialRow, loretta.id).vouch(TUESDAY_AT_8 + timedelta(minutes=5))
    (digest,) = digests(approval_database)
    hear(approval_database, settings_environ, mail_failed(digest, permanent=True), digest)
    with approval_database.reading() as session:
        assert session.get_one(OfficialRow, loretta.id).reachable


def test_operations_see_what_no_digest_told_until_one_arrives(
    approval_database: Database, settings_environ: dict[str, str]
) -> None:
    waiting(approval_database, 2)
    choose(approval_database, Mails.DIGEST)
    beat(approval_database, TUESDAY_AT_8)
    (digest,) = digests(approval_database)
    hear(approval_database, settings_environ, mail_failed(digest, permanent=False), digest)
    with approval_database.reading() as session:
        assert mail_queries.count_undelivered(session) == 2
    beat(approval_database, TUESDAY_AT_8 + timedelta(days=1))
    _, later = digests(approval_database)
    arrived = NoticeSent(
        notice_id=uuid4(),
        template="digest",
        recipient="loretta",
        request_id=None,
        approval_id=None,
        sent_at=TUESDAY_AT_8 + timedelta(days=1),
    )
    hear(approval_database, settings_environ, arrived, later)
    with approval_database.reading() as session:
        assert mail_queries.count_undelivered(session) == 0
