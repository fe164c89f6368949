"""Digests: one mail of what waits for an official, once a business day, and in place of many that are due together."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from approval_svc import mail_queries
from approval_svc.domain.approvals import Verdict, Way
from approval_svc.domain.choices import Choice
from approval_svc.domain.digests import Mails
from approval_svc.domain.refusals import NotAnOfficialError
from approval_svc.settings import Settings
from approval_svc.tables import ApprovalRow, AskingRow, DigestEntryRow, DigestRow, OfficialPreferencesRow, OfficialRow
from approval_svc.use_cases import digesting, reminding
from approval_svc.use_cases import fire_due as module
from approval_svc.use_cases.choose_mails import choose_mails
from approval_svc.use_cases.fire_due import fire_due
from approval_svc.use_cases.send_digests import TRIED_AGAIN_AFTER, forget_digests, send_digests
from approval_svc.worker import make_handlers
from shared.audit import Action
from shared.contracts import (
    ApprovalRequested,
    DigestDue,
    DigestKind,
    ExpiryAnnounced,
    NoticeFailed,
    NoticeSent,
    Organization,
    Person,
    ReminderDue,
)
from shared.db import Database
from shared.messaging import inbox
from shared.messaging.envelope import Envelope
from shared.settings import load
from tests.approval_svc.factories import (
    LIFETIME,
    asked,
    general_user,
    give,
    official,
    published,
    role_requested,
    route,
)
from tests.audit import entries

SAGU = "state-agency-sc-general-user"
MONDAY = datetime(2026, 6, 8, 15, 0, tzinfo=UTC)
"""10:00 in Alabama."""
TUESDAY_AT_8 = datetime(2026, 6, 9, 13, 0, tzinfo=UTC)
FRIDAY_AT_8 = datetime(2026, 6, 12, 13, 0, tzinfo=UTC)
NEXT_MONDAY_AT_8 = datetime(2026, 6, 15, 13, 0, tzinfo=UTC)
WEDNESDAY = MONDAY + timedelta(days=2)
SATURDAY = datetime(2026, 6, 13, 15, 0, tzinfo=UTC)
FIVE_DAYS_BEFORE = datetime(2026, 6, 30, 15, 0, tzinfo=UTC)
"""When the expiry is announced of what was asked on that Monday."""


def somebody(number: int) -> Person:
    return Person(user_id=f"person.{number}", name=f"Person {number}", email=f"person.{number}@health.example")


def waiting(database: Database, number: int = 3, when: datetime = MONDAY) -> OfficialRow:
    """That many requests wait for Loretta of Alabama; nobody else is asked."""
    with database.transaction() as session:
        loretta = official(session, "state", "AL", "loretta")
        for each in range(number):
            route(session, general_user(requester=somebody(each), submitted_at=when - timedelta(days=1)), when)
        return loretta


def more(database: Database, number: int, when: datetime) -> None:
    with database.transaction() as session:
        route(session, general_user(requester=somebody(number), submitted_at=when), when)


def choose(database: Database, mails: Mails, now: datetime = MONDAY, user_id: str = "loretta") -> None:
    with database.transaction() as session:
        choose_mails(session, user_id, mails, now)


def beat(database: Database, now: datetime) -> int:
    with database.transaction() as session:
        return send_digests(session, LIFETIME, now)


def tick(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        fire_due(session, LIFETIME, now)


def digests(database: Database) -> list[DigestDue]:
    with database.reading() as session:
        return published(session, DigestDue)


def reminders(database: Database) -> list[ReminderDue]:
    with database.reading() as session:
        return published(session, ReminderDue)


def mailed_at_once(message: ReminderDue | ExpiryAnnounced | ApprovalRequested) -> set[str]:
    """Returns the user ids of those to whom a mail of its own goes."""
    return {each.user_id for each in message.officials if each.official_id not in message.by_digest}


# ── The daily one ───────────────────────────────────────────────────────────────────────────────────


def test_what_waits_comes_in_one_mail_at_the_mail_hour_of_the_next_business_day(approval_database: Database) -> None:
    loretta = waiting(approval_database, 5)
    choose(approval_database, Mails.DIGEST)
    assert beat(approval_database, TUESDAY_AT_8 - timedelta(seconds=1)) == 0
    assert beat(approval_database, TUESDAY_AT_8) == 1
    (digest,) = digests(approval_database)
    assert (digest.kind, digest.official.user_id, digest.not_before) == (DigestKind.DAILY, "loretta", TUESDAY_AT_8)
    assert [entry.requester for entry in digest.entries] == [f"Person {number}" for number in range(5)]
    assert {entry.official_id for entry in digest.entries} == {loretta.id}
    assert all(entry.is_new for entry in digest.entries)
    assert digest.links_expire_at == TUESDAY_AT_8 + LIFETIME


def test_an_entry_says_by_when_and_until_when(approval_database: Database) -> None:
    waiting(approval_database, 1)
    with approval_database.transaction() as session:
        official(session, "cms", "cms", "margaret")
    choose(approval_database, Mails.DIGEST)
    beat(approval_database, TUESDAY_AT_8)
    ((entry,),) = (digest.entries for digest in digests(approval_database))
    assert entry.decide_by == datetime(2026, 6, 15, 15, 0, tzinfo=UTC)  # five business days: CMS is asked besides
    assert entry.expires_at == datetime(2026, 7, 8, 15, 0, tzinfo=UTC)  # twenty, without two holidays


def test_it_comes_once_a_day_however_many_beats_run(approval_database: Database) -> None:
    waiting(approval_database)
    choose(approval_database, Mails.DIGEST)
    with approval_database.transaction() as first, approval_database.transaction() as second:
        assert send_digests(first, LIFETIME, TUESDAY_AT_8) == 1
        assert send_digests(second, LIFETIME, TUESDAY_AT_8) == 0  # the first one has it in hand
    assert beat(approval_database, TUESDAY_AT_8 + timedelta(seconds=30)) == 0
    assert len(digests(approval_database)) == 1


def test_the_next_one_marks_what_is_new_and_leaves_out_what_was_decided(approval_database: Database) -> None:
    loretta = waiting(approval_database, 3)
    choose(approval_database, Mails.DIGEST)
    beat(approval_database, TUESDAY_AT_8)
    with approval_database.transaction() as session:
        decided = session.scalars(select(AskingRow).order_by(AskingRow.approval_id)).first()
        assert decided is not None
        give(session, decided.approval, loretta, Choice(verdict=Verdict.APPROVED), Way(signed_in_as="loretta"))
    more(approval_database, 3, TUESDAY_AT_8 + timedelta(hours=2))
    beat(approval_database, TUESDAY_AT_8 + timedelta(days=1))
    listed = [[(entry.requester, entry.is_new) for entry in digest.entries] for digest in digests(approval_database)]
    assert listed[1] == [("Person 1", False), ("Person 2", False), ("Person 3", True)]


def test_when_nothing_waits_there_is_no_mail(approval_database: Database) -> None:
    waiting(approval_database, 0)
    choose(approval_database, Mails.DIGEST)
    assert beat(approval_database, TUESDAY_AT_8) == 1
    assert digests(approval_database) == []
    with approval_database.reading() as session:
        chosen = session.get_one(OfficialPreferencesRow, "loretta")
        assert chosen.next_digest_at == TUESDAY_AT_8 + timedelta(days=1)


def test_there_is_none_at_the_weekend(approval_database: Database) -> None:
    waiting(approval_database, 2)
    choose(approval_database, Mails.DIGEST, FRIDAY_AT_8 + timedelta(hours=1))
    for hours in range(1, 73):
        beat(approval_database, FRIDAY_AT_8 + timedelta(hours=hours))
    (digest,) = digests(approval_database)
    assert digest.made_at == NEXT_MONDAY_AT_8


def test_one_that_is_late_comes_once_and_not_in_the_night(approval_database: Database) -> None:
    waiting(approval_database, 2)
    choose(approval_database, Mails.DIGEST)
    beat(approval_database, TUESDAY_AT_8 + timedelta(days=2, hours=14))  # no beat ran since Monday; it is 10 PM
    assert digests(approval_database) == []
    beat(approval_database, FRIDAY_AT_8 + timedelta(hours=3))
    beat(approval_database, FRIDAY_AT_8 + timedelta(hours=4))
    assert [digest.made_at for digest in digests(approval_database)] == [FRIDAY_AT_8 + timedelta(hours=3)]


def test_the_hour_is_that_of_the_officials_own_zone(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta", time_zone="Pacific/Guam")
        route(session, general_user(), MONDAY)
    choose(approval_database, Mails.DIGEST)
    with approval_database.reading() as session:
        chosen = session.get_one(OfficialPreferencesRow, "loretta")
        assert chosen.next_digest_at == datetime(2026, 6, 8, 22, 0, tzinfo=UTC)  # 8:00 on Tuesday in Guam


def test_all_authorities_of_one_person_are_one_mail(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        official(session, "cms", "cms", "loretta")
        route(session, general_user(requester=somebody(1)), MONDAY)
        route(session, role_requested("cms-general-user", requester=somebody(2)), MONDAY)
    choose(approval_database, Mails.BOTH)
    beat(approval_database, TUESDAY_AT_8)
    (digest,) = digests(approval_database)
    assert {entry.requester for entry in digest.entries} == {"Person 1", "Person 2"}
    assert len({entry.official_id for entry in digest.entries}) == 2


def test_one_that_cannot_be_made_does_not_hold_up_the_others(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(approval_database, 2)
    with approval_database.transaction() as session:
        official(session, "cms", "cms", "margaret")
        route(session, role_requested("cms-general-user", requester=somebody(9)), MONDAY)
    choose(approval_database, Mails.DIGEST)
    choose(approval_database, Mails.DIGEST, user_id="margaret")
    make = digesting.make

    def break_one(session: Session, askings: list[AskingRow], *rest: object, **more: object) -> object:
        if askings[0].official.user_id == "loretta":
            session.execute(text("SELECT 1 / 0"))
        return make(session, askings, *rest, **more)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(digesting, "make", break_one)
    beat(approval_database, TUESDAY_AT_8 + timedelta(hours=1))
    assert [digest.official.user_id for digest in digests(approval_database)] == ["margaret"]
    monkeypatch.setattr(digesting, "make", make)
    beat(approval_database, TUESDAY_AT_8 + timedelta(hours=1) + TRIED_AGAIN_AFTER)
    assert [digest.official.user_id for digest in digests(approval_database)] == ["margaret", "loretta"]


def test_nobody_finds_their_own_request_in_their_digest(approval_database: Database) -> None:
    loretta = waiting(approval_database, 2)
    choose(approval_database, Mails.DIGEST)
    with approval_database.transaction() as session:
        # As if routing had put it before her: the digest looks for itself.
        asking = session.scalars(select(AskingRow).order_by(AskingRow.approval_id)).first()
        assert asking is not None
        asking.approval.request.requester_email = loretta.email.upper()
    beat(approval_database, TUESDAY_AT_8)
    (digest,) = digests(approval_database)
    assert [entry.requester for entry in digest.entries] == ["Person 1"]


def test_old_digests_are_forgotten_with_what_they_listed(approval_database: Database) -> None:
    waiting(approval_database, 2)
    choose(approval_database, Mails.DIGEST)
    beat(approval_database, TUESDAY_AT_8)
    for days, left in ((89, 1), (91, 0)):
        with approval_database.transaction() as session:
            forget_digests(session, TUESDAY_AT_8 + timedelta(days=days))
            assert session.scalar(select(func.count()).select_from(DigestRow)) == left
            assert bool(session.scalar(select(func.count()).select_from(DigestEntryRow))) == bool(left)


# ── What an official chooses ────────────────────────────────────────────────────────────────────────


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


# ── In place of many ────────────────────────────────────────────────────────────────────────────────


def test_reminders_that_are_due_together_are_one_mail(approval_database: Database) -> None:
    waiting(approval_database, 3)
    tick(approval_database, WEDNESDAY)
    assert [mailed_at_once(each) for each in reminders(approval_database)] == [set(), set(), set()]
    (digest,) = digests(approval_database)
    assert (digest.kind, digest.official.user_id, len(digest.entries)) == (DigestKind.TOGETHER, "loretta", 3)
    assert digest.not_before == WEDNESDAY


def test_more_than_a_tick_takes_at_once_is_told_by_authority(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 4)
    with approval_database.transaction() as session:
        for place in ("AL", "AK", "AZ"):
            official(session, "state", place, f"official.{place}", time_zone="America/Chicago")
        for number in range(12):
            state = Organization(kind="state", id=("AL", "AK", "AZ")[number % 3], name="A", time_zone="America/Chicago")
            route(session, role_requested(SAGU, state, requester=somebody(number)), SATURDAY)
    now = datetime(2026, 6, 17, 13, 0, tzinfo=UTC)  # two business days later, when the mail hours begin
    for _ in range(3):
        tick(approval_database, now)
    assert sorted((digest.official.user_id, len(digest.entries)) for digest in digests(approval_database)) == [
        ("official.AK", 4),
        ("official.AL", 4),
        ("official.AZ", 4),
    ]


def test_a_reminder_that_is_due_alone_is_a_mail_of_its_own(approval_database: Database) -> None:
    waiting(approval_database, 2)
    with approval_database.transaction() as session:
        official(session, "cms", "cms", "margaret")
        route(session, role_requested("cms-general-user", requester=somebody(9)), MONDAY)
    tick(approval_database, WEDNESDAY)
    told = {each.role_name: mailed_at_once(each) for each in reminders(approval_database)}
    assert told == {"State Agency Sc General User": set(), "Cms General User": {"margaret"}}
    assert [digest.official.user_id for digest in digests(approval_database)] == ["loretta"]


def test_a_reminder_and_a_notice_of_expiry_can_be_one_mail_and_requesters_hear_of_it(
    approval_database: Database,
) -> None:
    waiting(approval_database, 1)
    more(approval_database, 7, datetime(2026, 6, 26, 15, 0, tzinfo=UTC))
    tick(approval_database, FIVE_DAYS_BEFORE)
    with approval_database.reading() as session:
        (notice,) = published(session, ExpiryAnnounced)
    assert notice.requester.name == "Person 0"
    assert mailed_at_once(notice) == set()
    assert [mailed_at_once(each) for each in reminders(approval_database)] == [set()]
    (digest,) = digests(approval_database)
    assert [entry.requester for entry in digest.entries] == ["Person 0", "Person 7"]


def test_one_that_cannot_be_handled_is_in_nobodys_mail(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(approval_database, 3)
    with approval_database.transaction() as session:
        broken = session.scalars(select(AskingRow.approval_id).order_by(AskingRow.approval_id)).first()
    remind = reminding.remind

    def break_one(session: object, approval: object, *rest: object) -> object:
        if approval.id == broken:  # type: ignore[attr-defined]  # an ApprovalRow
            raise RuntimeError("broken")
        return remind(session, approval, *rest)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(module, "remind", break_one)
    tick(approval_database, WEDNESDAY)
    (digest,) = digests(approval_database)
    assert broken not in [entry.approval_id for entry in digest.entries]
    assert len(digest.entries) == 2


def test_a_digest_is_in_the_audit_with_what_it_listed(approval_database: Database) -> None:
    loretta = waiting(approval_database, 2)
    tick(approval_database, WEDNESDAY)
    (digest,) = digests(approval_database)
    (entry,) = entries(approval_database, Action.DIGEST_MADE)
    assert entry.subject_id == str(digest.digest_id)
    assert entry.after["official"] == str(loretta.id)
    assert entry.after["approvals"] == [str(each.approval_id) for each in digest.entries]


# ── Its mail ────────────────────────────────────────────────────────────────────────────────────────


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
