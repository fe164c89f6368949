"""Much is due at once, and something of it cannot be handled: the rest goes on, and no more is read than need be."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from approval_svc.domain.approvals import State
from approval_svc.domain.routing import AuthorityId
from approval_svc.settings import Settings
from approval_svc.tables import ApprovalRow, GrantRow, ReviewPlanRow
from approval_svc.use_cases import (
    digesting,
    end_due_roles,
    fire_due,
    ordering_ends,
    reroute,
    tell_few_officials,
    tend_reviews,
)
from approval_svc.use_cases.asking import put_before_officials
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.open_review import open_review
from approval_svc.worker import make_schedule
from shared.beat import Beat
from shared.contracts import ApprovalRequested, FewOfficials, ReviewDue, RoleEndOrdered, RoleEndsSoon, RoleRequested
from shared.db import Database
from shared.settings import load
from tests.approval_svc.absent import absent
from tests.approval_svc.digests import WEDNESDAY, digests, mailed_at_once, reminders, somebody, tick, waiting
from tests.approval_svc.factories import (
    ALABAMA,
    ANGELA,
    LIFETIME,
    MAUMEE,
    NOW,
    approvals_of,
    asked,
    general_user,
    grant,
    official,
    published,
    route,
)

DAY = timedelta(days=1)
END = NOW + 100 * DAY
ROLE = "state-agency-sc-general-user"


def given_until(database: Database, ends_at: datetime) -> GrantRow:
    message = grant(ANGELA, ROLE, ALABAMA, granted_at=NOW, ends_at=ends_at)
    with database.transaction() as session:
        follow_grant(session, message, LIFETIME, NOW)
        return session.get_one(GrantRow, message.grant_id)


def end_roles(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        end_due_roles.end_due_roles(session, now)


def ended(database: Database) -> list[object]:
    with database.reading() as session:
        return [each.grant_id for each in published(session, RoleEndOrdered)]


def test_a_role_that_cannot_be_ended_does_not_hold_up_the_others_and_is_ended_later(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, fine = given_until(approval_database, END - DAY), given_until(approval_database, END)
    order_end = ordering_ends.order_end

    def break_one(session: Session, found: GrantRow, *rest: Any) -> Any:
        if found.id == broken.id:
            session.execute(text("SELECT 1 / 0"))
        return order_end(session, found, *rest)

    monkeypatch.setattr(end_due_roles, "order_end", break_one)
    monkeypatch.setattr(end_due_roles, "BATCH", 1)
    for _ in range(2):
        end_roles(approval_database, END)
    assert ended(approval_database) == [fine.id]
    monkeypatch.setattr(end_due_roles, "order_end", order_end)
    end_roles(approval_database, END + end_due_roles.TRIED_AGAIN_AFTER)
    assert ended(approval_database) == [fine.id, broken.id]


def test_a_notice_that_was_put_aside_beyond_the_end_does_not_take_its_place(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = given_until(approval_database, END)
    announce = end_due_roles._announce

    def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(end_due_roles, "_announce", broken)
    end_roles(approval_database, END - timedelta(minutes=5))
    monkeypatch.setattr(end_due_roles, "_announce", announce)
    end_roles(approval_database, END + DAY)
    assert ended(approval_database) == [role.id]
    with approval_database.reading() as session:
        assert published(session, RoleEndsSoon) == []


def test_officials_who_cannot_be_told_that_they_are_few_do_not_hold_up_the_others(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with approval_database.transaction() as session:
        for state in ("AK", "AL", "GA"):
            official(session, "state", state, f"only-{state}", added_at=NOW - 90 * DAY)
    tell = tell_few_officials._tell

    def break_one(session: Session, authority: AuthorityId, *rest: Any) -> None:
        if authority.id == "AL":
            session.execute(text("SELECT 1 / 0"))
        tell(session, authority, *rest)

    def told(now: datetime) -> list[str]:
        with approval_database.transaction() as session:
            tell_few_officials.tell_few_officials(session, now)
            return [each.authority.id for each in published(session, FewOfficials)]

    monkeypatch.setattr(tell_few_officials, "_tell", break_one)
    monkeypatch.setattr(tell_few_officials, "BATCH", 2)
    assert told(NOW) == ["AK"]
    assert told(NOW) == ["AK", "GA"]
    monkeypatch.setattr(tell_few_officials, "_tell", tell)
    assert told(NOW) == ["AK", "GA"]
    assert told(NOW + tell_few_officials.TRIED_AGAIN_AFTER) == ["AK", "GA", "AL"]


def test_whose_digest_cannot_be_made_gets_each_of_the_mails_and_the_others_theirs(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "ann")
    loretta = waiting(approval_database, 2)
    make = digesting.make

    def break_one(session: Session, askings: Any, *rest: Any, **named: Any) -> Any:
        if askings[0].official_id == loretta.id:
            session.execute(text("SELECT 1 / 0"))
        return make(session, askings, *rest, **named)

    monkeypatch.setattr(digesting, "make", break_one)
    tick(approval_database, WEDNESDAY)
    (digest,) = digests(approval_database)
    assert (digest.official.user_id, len(digest.entries)) == ("ann", 2)
    assert [mailed_at_once(each) for each in reminders(approval_database)] == [{"loretta"}, {"loretta"}]


def test_so_does_a_substitute_and_the_absence_begins(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(session: Session, *_: Any, **__: Any) -> None:
        session.execute(text("SELECT 1 / 0"))

    monkeypatch.setattr(digesting, "make", broken)
    with approval_database.transaction() as session:
        john, carl = official(session, "state", "AL", "john"), official(session, "cms", "cms", "carl")
        for number in range(2):
            route(session, general_user(requester=somebody(number)))
        absent(session, john, carl)
        told = published(session, ApprovalRequested)[-2:]
    assert [(each.newly_asked, each.by_digest) for each in told] == [((carl.id,), ())] * 2


def test_a_backlog_is_drained_without_waiting_for_the_next_turn(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch, settings_environ: dict[str, str]
) -> None:
    waiting(approval_database, 3)
    monkeypatch.setattr(fire_due, "BATCH", 1)
    beat = Beat(approval_database, make_schedule(load(Settings, settings_environ)))
    for _ in range(3):
        beat.run_due(WEDNESDAY)
    assert len(reminders(approval_database)) == 3


def test_every_task_of_the_beat_says_how_much_it_did_so_that_a_full_batch_is_followed_at_once(
    approval_database: Database, settings_environ: dict[str, str]
) -> None:
    with approval_database.transaction() as session:
        done = {tick.name: tick.run(session, NOW) for tick in make_schedule(load(Settings, settings_environ))}
    assert done == dict.fromkeys(done, 0)


def nobody_to_ask(session: Session, number: int) -> list[RoleRequested]:
    """Requests that nobody could decide when they came; now Loretta can."""
    requests = [general_user(requester=somebody(each)) for each in range(number)]
    for request in requests:
        route(session, request)
    official(session, "state", "AL", "loretta")
    return requests


def catch(session: Session, now: datetime = NOW) -> int:
    return reroute.reroute_unroutable(session, LIFETIME, now)


def states(session: Session, requests: list[RoleRequested]) -> list[State]:
    return [approvals_of(session, each)[0].state for each in requests]


def test_what_cannot_be_routed_does_not_hold_up_the_rest_and_has_its_turn_again(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with approval_database.transaction() as session:
        requests = nobody_to_ask(session, 3)
        broken = requests[0].request_id

        def break_one(session: Session, approval: ApprovalRow, *rest: Any, **named: Any) -> None:
            put_before_officials(session, approval, *rest, **named)
            if approval.request_id == broken:
                session.execute(text("SELECT 1 / 0"))

        monkeypatch.setattr(reroute, "BATCH", 1)
        monkeypatch.setattr(reroute, "put_before_officials", break_one)
        assert [catch(session, NOW + each * DAY) for each in range(4)] == [0, 1, 1, 0]
        assert states(session, requests) == [State.UNROUTABLE, State.ASKED, State.ASKED]
        told = published(session, ApprovalRequested)
        assert {each.request_id for each in told} == {each.request_id for each in requests[1:]}
        monkeypatch.setattr(reroute, "put_before_officials", put_before_officials)
        assert catch(session, NOW + 4 * DAY) == 1
        assert asked(approvals_of(session, requests[0])[0]) == {"loretta"}


def test_what_one_beat_routes_another_leaves_alone(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        requests = nobody_to_ask(session, 2)
    with approval_database.transaction() as one, approval_database.transaction() as other:
        assert [catch(one), catch(other)] == [2, 0]
    with approval_database.transaction() as session:
        assert catch(session) == 0
        assert len(published(session, ApprovalRequested)) == 2
        assert states(session, requests) == [State.ASKED, State.ASKED]


def test_a_review_that_cannot_begin_does_not_hold_up_the_others_and_begins_later(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
        official(session, "provider", MAUMEE.id, "polly")
        follow_grant(session, grant(ANGELA, ROLE, ALABAMA), LIFETIME, NOW)
        follow_grant(session, grant(ANGELA, "assessment-submitter", MAUMEE), LIFETIME, NOW)
        due = max(row.due_at for row in session.scalars(select(ReviewPlanRow))) + timedelta(hours=1)

    def break_one(session: Session, authority: AuthorityId, now: datetime) -> Any:
        if authority.id == "AL":
            session.execute(text("SELECT 1 / 0"))
        return open_review(session, authority, now)

    def begun(now: datetime) -> list[str]:
        with approval_database.transaction() as session:
            tend_reviews.tend_reviews(session, now)
            return [each.authority.id for each in published(session, ReviewDue)]

    monkeypatch.setattr(tend_reviews, "BATCH", 1)
    monkeypatch.setattr(tend_reviews, "open_review", break_one)
    assert [begun(due) for _ in range(3)][-1] == [MAUMEE.id]
    monkeypatch.setattr(tend_reviews, "open_review", open_review)
    assert begun(due + tend_reviews.TRIED_AGAIN_AFTER) == [MAUMEE.id, "AL"]
