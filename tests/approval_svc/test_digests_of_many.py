"""One mail in place of many: reminders and notices that are due together."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.tables import AskingRow, DeadlineRow
from approval_svc.use_cases import fire_due as module
from approval_svc.use_cases import reminding
from shared.audit import Action
from shared.contracts import (
    ApprovalEscalated,
    DigestKind,
    ExpiryAnnounced,
    Organization,
)
from shared.db import Database
from tests.approval_svc.digests import (
    FIVE_DAYS_BEFORE,
    MONDAY,
    SAGU,
    SATURDAY,
    WEDNESDAY,
    digests,
    mailed_at_once,
    more,
    reminders,
    somebody,
    tick,
    waiting,
)
from tests.approval_svc.factories import (
    official,
    published,
    role_requested,
    route,
)
from tests.audit import entries


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


def test_what_is_escalated_together_is_one_mail_for_each_who_is_asked_besides_or_was_before(
    approval_database: Database,
) -> None:
    waiting(approval_database, 2)
    with approval_database.transaction() as session:
        margaret = official(session, "cms", "cms", "margaret")
        own = official(session, "cms", "cms", somebody(0).user_id, email=somebody(0).email)
        escalation = select(DeadlineRow.due_at).where(
            DeadlineRow.kind == DeadlineKind.ESCALATION, DeadlineRow.step == 1
        )
        (escalates,) = {each for each in session.scalars(escalation) if each}
    tick(approval_database, escalates - timedelta(minutes=1))  # what was due before
    before = len(digests(approval_database))
    tick(approval_database, escalates)
    with approval_database.reading() as session:
        escalated = published(session, ApprovalEscalated)
    told = {each.official.user_id: each for each in digests(approval_database)[before:]}
    assert {user_id: (each.kind, len(each.entries)) for user_id, each in told.items()} == {
        "loretta": (DigestKind.TOGETHER, 2),
        "margaret": (DigestKind.ASKED, 2),
    }
    assert told["margaret"].not_before == escalated[0].not_before
    # Person 0 asks for one of the two, so is asked about the other alone, by a mail of its own.
    assert [mailed_at_once(each) for each in escalated if margaret.id in each.by_digest] == [set(), {own.user_id}]


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
