"""Much is due at once, and something of it cannot be handled: the rest goes on, and no more is read than need be."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session

from approval_svc import deadline_queries, queries
from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.domain.routing import AuthorityId, OrganizationId
from approval_svc.settings import Settings
from approval_svc.tables import DeadlineRow, GrantRow
from approval_svc.use_cases import digesting, end_due_roles, fire_due, ordering_ends, tell_few_officials
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.worker import make_schedule
from shared.beat import Beat
from shared.contracts import ApprovalRequested, FewOfficials, RoleEndOrdered, RoleEndsSoon
from shared.db import Database
from shared.ids import new_id
from shared.settings import load
from tests.approval_svc.absent import absent
from tests.approval_svc.digests import MONDAY, WEDNESDAY, digests, mailed_at_once, reminders, somebody, tick, waiting
from tests.approval_svc.factories import ALABAMA, ANGELA, LIFETIME, NOW, general_user, grant, official, published, route
from tests.approval_svc.waiting import the_approval

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

    def told() -> list[str]:
        with approval_database.transaction() as session:
            tell_few_officials.tell_few_officials(session, NOW)
            return [each.authority.id for each in published(session, FewOfficials)]

    monkeypatch.setattr(tell_few_officials, "_tell", break_one)
    assert told() == ["AK", "GA"]
    monkeypatch.setattr(tell_few_officials, "_tell", tell)
    assert told() == ["AK", "GA", "AL"]


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


def rows_read(node: dict[str, Any]) -> list[int]:
    """Returns how many rows each node of a plan returned."""
    return [node["Actual Rows"], *(number for each in node.get("Plans", ()) for number in rows_read(each))]


def explained(session: Session, run: Any, *options: str) -> dict[str, Any]:
    """Returns PostgreSQL's plan of the last statement that `run` executes."""
    statements: list[tuple[str, Any]] = []
    connection = session.connection()

    def keep(_connection: Connection, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        statements.append((statement, values))

    event.listen(connection, "before_cursor_execute", keep)
    run()
    event.remove(connection, "before_cursor_execute", keep)
    statement, values = statements[-1]
    explain = f"EXPLAIN ({', '.join((*options, 'FORMAT JSON'))}) {statement}"
    plan: dict[str, Any] = connection.exec_driver_sql(explain, values).scalar_one()[0]["Plan"]
    return plan


def test_of_however_many_deadlines_are_due_a_tick_looks_at_some(approval_database: Database) -> None:
    waiting(approval_database, 1)
    with approval_database.transaction() as session:
        approval = the_approval(session)
        for step in range(100, 200):
            values = {"id": new_id(), "kind": DeadlineKind.REMINDER, "step": step, "due_at": MONDAY - DAY}
            session.add(DeadlineRow(approval_id=approval.id, **values))
        session.flush()
        plan = explained(session, lambda: deadline_queries.claim_due(session, MONDAY, 2), "ANALYZE")
    assert max(rows_read(plan)) == 2 * deadline_queries.LOOKED_AT_PER_CLAIMED


def test_what_officials_are_asked_is_found_by_indexes(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        authority = AuthorityId(kind="help-desk", id="help-desk")
        plan = str(explained(session, lambda: queries.requests_concerning(session, authority)))
    assert "ix_askings_live" in plan
    assert "ix_askings_acting" in plan


def test_an_organization_is_called_what_its_newest_request_calls_it(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "john")
        route(session, general_user())
        assert queries.organization_name(session, OrganizationId(kind="state", id="AL")) == "Alabama"
        assert queries.organization_name(session, OrganizationId(kind="state", id="GA")) is None
