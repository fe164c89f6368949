"""What time does to an approval that nobody decides: reminders, the next authorities, notices, the end."""

from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from approval_svc import deadline_queries, queries
from approval_svc.domain.approvals import State, Verdict, Way
from approval_svc.domain.choices import Choice
from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.domain.links import end_of
from approval_svc.domain.routing import AuthorityId
from approval_svc.tables import ApprovalRow, DeadlineRow, OfficialRow
from approval_svc.use_cases import fire_due as module
from approval_svc.use_cases import resting
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.planning import Outcome
from approval_svc.use_cases.reminding import remind
from approval_svc.use_cases.remove_official import remove_official
from approval_svc.use_cases.withdraw import withdraw
from shared.contracts import (
    ApprovalClosed,
    ApprovalEscalated,
    ApprovalExpired,
    ApprovalRequested,
    DeadlinesPlanned,
    ExpiryAnnounced,
    Person,
    ReminderDue,
    RequestDecided,
    RequestWithdrawn,
)
from shared.db import Database
from shared.messaging.tables import outbox
from tests.approval_svc.factories import (
    ALABAMA,
    ANGELA,
    COLORADO_UNIVERSITY,
    HEALTH_SURVEYS,
    LIFETIME,
    asked,
    give,
    grant,
    official,
    published,
    role_requested,
    route,
)
from tests.approval_svc.waiting import MONDAY, asked_on, due, open_rows, run, the_approval, tick
from tests.audit import entries

SECOND = timedelta(seconds=1)
REMINDER, ESCALATION = DeadlineKind.REMINDER, DeadlineKind.ESCALATION
NOTICE, EXPIRY = DeadlineKind.EXPIRY_NOTICE, DeadlineKind.EXPIRY


def waiting(database: Database, **differently: object) -> None:
    with database.transaction() as session:
        asked_on(session, **differently)  # type: ignore[arg-type]  # whatever asked_on takes


def approve_signed_in(session: Session, approval: ApprovalRow, by: OfficialRow) -> None:
    give(session, approval, by, Choice(verdict=Verdict.APPROVED), Way(signed_in_as=by.user_id))


def test_deadlines_are_planned_when_somebody_is_asked_and_told(approval_database: Database) -> None:
    waiting(approval_database)
    steps = [(row.kind, row.step) for row in open_rows(approval_database)]
    often = {REMINDER: 2, ESCALATION: 3, NOTICE: 2, EXPIRY: 1}
    assert sorted(steps) == sorted((kind, step + 1) for kind, times in often.items() for step in range(times))
    with approval_database.reading() as session:
        (plan,) = published(session, DeadlinesPlanned)
        assert plan.expires_at == due(approval_database, EXPIRY)
        assert plan.escalates_at == due(approval_database, ESCALATION)
        assert plan.nudge_from == the_approval(session).nudge_from


def test_who_is_asked_is_told_by_when_and_before_the_plan(approval_database: Database) -> None:
    waiting(approval_database)
    with approval_database.reading() as session:
        (asked_for,) = published(session, ApprovalRequested)
        assert asked_for.escalates_at == due(approval_database, ESCALATION)
        assert asked_for.expires_at == due(approval_database, EXPIRY)
        told = session.scalars(select(outbox.c.type).order_by(outbox.c.id)).all()
        assert told.index("ApprovalRequested") < told.index("DeadlinesPlanned")


def test_every_mail_of_what_waits_says_by_when_others_are_asked(approval_database: Database) -> None:
    waiting(approval_database)
    run(approval_database, MONDAY, due(approval_database, ESCALATION))
    with approval_database.reading() as session:
        (escalated,) = published(session, ApprovalEscalated)
        assert escalated.escalates_at == due(approval_database, ESCALATION, 2)
    run(approval_database, due(approval_database, ESCALATION), due(approval_database, NOTICE))
    with approval_database.reading() as session:
        (notice,) = published(session, ExpiryAnnounced)
        assert notice.escalates_at is None  # the chain has ended


def test_what_nobody_can_decide_has_no_deadlines_until_somebody_can(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        route(session, role_requested("cms-general-user"), MONDAY)
    assert open_rows(approval_database) == []


def test_nothing_happens_before_its_time(approval_database: Database) -> None:
    waiting(approval_database)
    assert tick(approval_database, due(approval_database, REMINDER) - SECOND) == 0
    with approval_database.reading() as session:
        assert published(session, ReminderDue) == []


def test_a_reminder_goes_to_those_who_are_asked_with_a_fresh_link_and_says_what_follows(
    approval_database: Database,
) -> None:
    waiting(approval_database)
    now = due(approval_database, REMINDER)
    tick(approval_database, now)
    with approval_database.reading() as session:
        (reminder,) = published(session, ReminderDue)
        assert [each.user_id for each in reminder.officials] == ["loretta"]
        assert (reminder.number, reminder.not_before) == (1, now)
        assert reminder.escalates_at == due(approval_database, ESCALATION)
        assert reminder.expires_at == due(approval_database, EXPIRY)
        assert reminder.links_expire_at == end_of(now, LIFETIME)
    (entry,) = entries(approval_database, "approval.reminded")
    assert entry.after["number"] == 1


def test_the_link_of_the_first_mail_still_decides_after_a_reminder(approval_database: Database) -> None:
    waiting(approval_database)
    with approval_database.reading() as session:
        first = the_approval(session).askings[0].links_expire_at
    tick(approval_database, due(approval_database, REMINDER))
    with approval_database.reading() as session:
        (asking,) = the_approval(session).askings
        assert asking.oldest_link_ends == first < asking.links_expire_at


def test_each_fires_once_however_many_beats_run(approval_database: Database) -> None:
    waiting(approval_database)
    now = due(approval_database, REMINDER)
    beats = [Thread(target=tick, args=(approval_database, now)) for _ in range(4)]
    for beat in beats:
        beat.start()
    for beat in beats:
        beat.join()
    tick(approval_database, now)
    with approval_database.reading() as session:
        assert len(published(session, ReminderDue)) == 1


def test_a_request_that_somebody_has_in_hand_is_left_to_the_next_tick(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        request = asked_on(session)
    now = due(approval_database, REMINDER)
    with approval_database.transaction() as session:
        queries.lock_request(session, request.request_id)
        assert tick(approval_database, now) == 0
    assert tick(approval_database, now) == 1


def test_escalation_adds_the_next_authority_and_the_first_may_still_decide(approval_database: Database) -> None:
    waiting(approval_database)
    run(approval_database, MONDAY, due(approval_database, ESCALATION))
    with approval_database.transaction() as session:
        approval = the_approval(session)
        assert asked(approval) == {"loretta", "margaret"}
        (message,) = published(session, ApprovalEscalated)
        assert message.authority.kind == "cms"
        (margaret,) = [each for each in message.officials if each.user_id == "margaret"]
        assert message.newly_asked == (margaret.official_id,)
        assert published(session, ApprovalClosed) == []
        loretta = next(each.official for each in approval.askings if each.official.user_id == "loretta")
        approve_signed_in(session, approval, loretta)
        assert approval.state is State.APPROVED
    assert open_rows(approval_database) == []
    (entry,) = entries(approval_database, "approval.decided")
    assert entry.on_behalf_of == "authority:state:AL"


def test_at_the_end_of_the_chain_operations_are_alerted_once(approval_database: Database) -> None:
    waiting(approval_database)
    run(approval_database, MONDAY, due(approval_database, EXPIRY) - SECOND)
    with approval_database.reading() as session:
        assert [each.authority.kind for each in published(session, ApprovalEscalated)] == ["cms", "help-desk"]
        approval = the_approval(session)
        assert asked(approval) == {"loretta", "margaret", "henry"}
        assert approval.stuck_since is not None
        assert [each.id for each in deadline_queries.stuck(session)] == [approval.id]
    assert len(entries(approval_database, "approval.stuck")) == 1


def test_an_authority_without_anybody_is_left_out_and_a_chain_without_one_alerts_at_once(
    approval_database: Database,
) -> None:
    waiting(approval_database, chain=False)
    run(approval_database, MONDAY, due(approval_database, ESCALATION, 3))
    with approval_database.reading() as session:
        assert published(session, ApprovalEscalated) == []
        assert published(session, ReminderDue)[0].escalates_at is None
    assert len(entries(approval_database, "approval.stuck")) == 1


def test_the_requester_is_not_asked_by_escalation(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        asked_on(session, chain=False)
        official(session, "cms", "cms", ANGELA.user_id)
    run(approval_database, MONDAY, due(approval_database, ESCALATION))
    with approval_database.reading() as session:
        assert asked(the_approval(session)) == {"loretta"}


def test_when_the_first_official_leaves_after_escalation_the_others_stay(approval_database: Database) -> None:
    waiting(approval_database)
    run(approval_database, MONDAY, due(approval_database, ESCALATION))
    with approval_database.transaction() as session:
        loretta = the_approval(session).askings[0].official
        remove_official(session, loretta.authority, "loretta", LIFETIME, due(approval_database, ESCALATION))
        assert asked(the_approval(session)) == {"margaret"}


def test_who_was_asked_by_escalation_and_leaves_is_asked_no_more(approval_database: Database) -> None:
    waiting(approval_database)
    now = due(approval_database, ESCALATION)
    run(approval_database, MONDAY, now)
    with approval_database.transaction() as session:
        remove_official(session, AuthorityId(kind="cms", id="cms"), "margaret", LIFETIME, now)
        assert asked(the_approval(session)) == {"loretta"}


def test_a_new_official_of_the_first_authority_joins_those_whom_escalation_added(approval_database: Database) -> None:
    waiting(approval_database)
    run(approval_database, MONDAY, due(approval_database, ESCALATION))
    with approval_database.transaction() as session:
        marcus = Person(user_id="marcus", name="Marcus", email="marcus@x.example")
        given = grant(marcus, "state-agency-security-official", ALABAMA)
        follow_grant(session, given, LIFETIME, due(approval_database, ESCALATION))
        assert asked(the_approval(session)) == {"loretta", "marcus", "margaret"}


def test_expiry_is_announced_twice_and_then_ends_the_request(approval_database: Database) -> None:
    waiting(approval_database)
    end = due(approval_database, EXPIRY)
    run(approval_database, MONDAY, end + timedelta(days=3))
    with approval_database.reading() as session:
        notices = published(session, ExpiryAnnounced)
        assert [each.business_days for each in notices] == [5, 1]
        assert {each.expires_at for each in notices} == {end}
        approval = the_approval(session)
        assert (approval.state, asked(approval)) == (State.EXPIRED, set())
        (expired,) = published(session, ApprovalExpired)
        assert {each.user_id for each in expired.officials} == {"loretta", "margaret", "henry"}
        (decided,) = published(session, RequestDecided)
        assert (decided.outcomes, [each.authority for each in decided.expired]) == (
            (),
            ["Security Officials of Alabama"],
        )
    assert open_rows(approval_database) == []
    (entry,) = entries(approval_database, "approval.expired")
    assert (entry.before, entry.after["state"]) == ({"state": "asked"}, "expired")


def test_what_expires_in_the_night_is_told_in_the_mail_hours(approval_database: Database) -> None:
    waiting(approval_database)
    end = due(approval_database, EXPIRY)
    run(approval_database, MONDAY, end - timedelta(hours=1))
    tick(approval_database, night := end.replace(hour=4) + timedelta(days=1))  # 11 PM in Alabama: no beat ran before
    with approval_database.reading() as session:
        (expired,) = published(session, ApprovalExpired)
        (decided,) = published(session, RequestDecided)
        assert expired.expired_at == night
        assert decided.not_before == expired.not_before > night


def test_what_an_official_decides_is_told_at_once(approval_database: Database) -> None:
    waiting(approval_database)
    with approval_database.transaction() as session:
        approval = the_approval(session)
        approve_signed_in(session, approval, approval.askings[0].official)
        (decided,) = published(session, RequestDecided)
        assert decided.not_before is None


def test_an_outcome_of_several_tells_what_was_decided_and_what_expired(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        hal = official(session, "contract-organization", HEALTH_SURVEYS.id, "hal")
        official(session, "contract-organization", COLORADO_UNIVERSITY.id, "cleo")
        request = role_requested("contract-survey-admin", HEALTH_SURVEYS, COLORADO_UNIVERSITY, survey_for="cms")
        approvals = route(session, request, MONDAY)
        approve_signed_in(session, next(each for each in approvals if each.organization_id == HEALTH_SURVEYS.id), hal)
        assert published(session, RequestDecided) == []
    run(approval_database, MONDAY, MONDAY + timedelta(days=45), timedelta(hours=6))
    with approval_database.reading() as session:
        (decided,) = published(session, RequestDecided)
        assert [each.organization.id for each in decided.outcomes if each.organization] == [HEALTH_SURVEYS.id]
        assert [each.organization.id for each in decided.expired if each.organization] == [COLORADO_UNIVERSITY.id]


@pytest.mark.parametrize("how", ["decided", "withdrawn"])
def test_what_was_closed_gets_no_more_mail(approval_database: Database, how: str) -> None:
    with approval_database.transaction() as session:
        request = asked_on(session)
    with approval_database.transaction() as session:
        approval = the_approval(session)
        if how == "decided":
            approve_signed_in(session, approval, approval.askings[0].official)
        else:
            withdraw(session, RequestWithdrawn(request_id=request.request_id, withdrawn_at=MONDAY), MONDAY)
    run(approval_database, MONDAY, MONDAY + timedelta(days=45), timedelta(hours=12))
    with approval_database.reading() as session:
        assert published(session, ReminderDue) == []
        assert set(session.scalars(select(DeadlineRow.outcome))) == {Outcome.CLOSED}


def test_a_beat_that_was_down_for_days_catches_up_once_and_two_late_reminders_are_one(
    approval_database: Database,
) -> None:
    waiting(approval_database)
    now = due(approval_database, REMINDER, 2)
    tick(approval_database, now)
    tick(approval_database, now)
    with approval_database.reading() as session:
        (reminder,) = published(session, ReminderDue)
        assert reminder.number == 2


def test_after_weeks_without_a_beat_everything_is_asked_and_announced_before_it_expires(
    approval_database: Database,
) -> None:
    waiting(approval_database)
    late = due(approval_database, EXPIRY) + timedelta(days=10)
    tick(approval_database, late)
    with approval_database.reading() as session:
        approval = the_approval(session)
        assert asked(approval) == {"loretta", "margaret", "henry"}
        (escalated,) = published(session, ApprovalEscalated)  # two authorities, one mail to each
        assert len(escalated.newly_asked) == 2
        (notice,) = published(session, ExpiryAnnounced)
        assert notice.business_days == 1
        assert notice.expires_at == due(approval_database, EXPIRY) > late
        assert published(session, ReminderDue) == []
    run(approval_database, late, late + timedelta(days=5))
    with approval_database.reading() as session:
        assert the_approval(session).state is State.EXPIRED
        assert len(published(session, ExpiryAnnounced)) == 1


def test_late_mail_waits_for_the_mail_hours(approval_database: Database) -> None:
    waiting(approval_database)
    night = due(approval_database, REMINDER).replace(hour=7)  # 2:00 in Alabama
    tick(approval_database, night + timedelta(days=1))
    with approval_database.reading() as session:
        (reminder,) = published(session, ReminderDue)
        assert reminder.not_before == (night + timedelta(days=1)).replace(hour=13, minute=0)


def test_waiting_for_the_requester_stops_the_clock(approval_database: Database) -> None:
    waiting(approval_database)
    before = due(approval_database, EXPIRY)
    with approval_database.transaction() as session:
        resting.rest(session, the_approval(session), MONDAY + timedelta(days=1))
    tick(approval_database, before + timedelta(days=90))
    with approval_database.transaction() as session:
        assert published(session, ReminderDue) == []
        assert published(session, DeadlinesPlanned)[-1].expires_at is None
        resting.resume(session, the_approval(session), MONDAY + timedelta(days=2))
        assert published(session, DeadlinesPlanned)[-1].expires_at == before + timedelta(days=1)
    assert len(entries(approval_database, "approval.clock_rested", "approval.clock_resumed")) == 2


def test_one_that_cannot_be_handled_does_not_hold_up_the_others(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with approval_database.transaction() as session:
        broken = asked_on(session)
        (fine,) = route(session, role_requested("cms-general-user"), MONDAY)
    now = max(
        row.due_at for row in open_rows(approval_database) if row.kind is REMINDER and row.step == 1 and row.due_at
    )

    def break_one(session: object, approval: object, *rest: object) -> object:
        if approval.request_id == broken.request_id:  # type: ignore[attr-defined]  # an ApprovalRow
            raise RuntimeError("broken")
        return remind(session, approval, *rest)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(module, "remind", break_one)
    tick(approval_database, now)
    with approval_database.reading() as session:
        assert [each.approval_id for each in published(session, ReminderDue)] == [fine.id]
    monkeypatch.setattr(module, "remind", remind)
    tick(approval_database, now + module.TRIED_AGAIN_AFTER)
    with approval_database.reading() as session:
        assert len(published(session, ReminderDue)) == 2


def test_what_is_due_is_found_by_the_index_alone(approval_database: Database) -> None:
    waiting(approval_database)
    with approval_database.transaction() as session:
        for other_way in ("seqscan", "bitmapscan"):
            session.execute(text(f"SET LOCAL enable_{other_way} = off"))
        plan = "\n".join(
            session.scalars(
                text("EXPLAIN SELECT id FROM deadlines WHERE ended_at IS NULL AND due_at <= now() ORDER BY due_at")
            )
        )
    assert "ix_deadlines_due_at" in plan
    assert "Sort" not in plan


def test_a_notice_that_can_only_be_mailed_in_the_morning_leaves_a_day_after_that(approval_database: Database) -> None:
    waiting(approval_database)
    end = due(approval_database, EXPIRY)
    evening = end - timedelta(hours=10)  # the notice was due two hours earlier than the mail hours of the day ended
    run(approval_database, MONDAY, due(approval_database, NOTICE) + timedelta(days=1))
    with approval_database.transaction() as session:
        row = session.scalars(select(DeadlineRow).where(DeadlineRow.kind == EXPIRY)).one()
        row.due_at = end = evening.replace(hour=13, minute=0) + timedelta(days=1)
    tick(approval_database, end - timedelta(hours=5))
    with approval_database.reading() as session:
        notice = published(session, ExpiryAnnounced)[-1]
        assert notice.expires_at is not None
        assert notice.expires_at >= notice.not_before + timedelta(days=1)
