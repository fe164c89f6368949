"""`countersign deadlines move`: open approvals follow a policy that changed."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy import delete
from sqlalchemy.orm import Session

from approval_svc import reference
from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.move_command import move
from approval_svc.tables import ApprovalRow, DeadlineRow
from approval_svc.use_cases.move_deadlines import Moved, move_deadlines, preview_moves
from shared.contracts import DeadlinesPlanned
from shared.db import Database
from tests.approval_svc.factories import approvals_of, general_user, published, route
from tests.approval_svc.waiting import MONDAY, asked_on, due, open_rows, the_approval, tick
from tests.audit import entries

REMINDER, EXPIRY = DeadlineKind.REMINDER, DeadlineKind.EXPIRY
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def change(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the policy says from now on, where it differs."""
    changed: dict[str, Any] = {}
    policy = reference.deadline_policy
    monkeypatch.setattr(reference, "deadline_policy", lambda *what: replace(policy(*what), **changed))
    return changed


def moved(database: Database) -> list[Moved]:
    found: list[Moved] = []
    last: UUID | None = None
    while True:
        with database.transaction() as session:
            batch = move_deadlines(session, last, TUESDAY)
        if batch.last is None:
            return found
        found, last = [*found, *batch.moved], batch.last


def test_nothing_moves_while_the_policy_stays(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        asked_on(session)
    assert moved(approval_database) == []
    assert entries(approval_database, "approval.deadlines_moved") == []


def test_open_deadlines_go_where_the_policy_has_them_and_what_happened_stays(
    approval_database: Database, change: dict[str, Any]
) -> None:
    with approval_database.transaction() as session:
        asked_on(session)
    first, end = due(approval_database, REMINDER), due(approval_database, EXPIRY)
    tick(approval_database, first)
    change |= {"reminders": (3,), "expiry": 21}
    (one,) = moved(approval_database)
    assert {(each.kind, each.step) for each in one.moves} >= {(REMINDER, 2), (EXPIRY, 1)}
    assert (due(approval_database, REMINDER), due(approval_database, EXPIRY) > end) == (first, True)
    assert (REMINDER, 2) not in {(row.kind, row.step) for row in open_rows(approval_database)}
    with approval_database.reading() as session:
        assert published(session, DeadlinesPlanned)[-1].expires_at == due(approval_database, EXPIRY)
    (entry,) = entries(approval_database, "approval.deadlines_moved")
    assert datetime.fromisoformat(entry.before["expiry 1"]) == end
    change.clear()
    assert len(moved(approval_database)) == 1
    assert due(approval_database, EXPIRY) == end
    assert (REMINDER, 2) in {(row.kind, row.step) for row in open_rows(approval_database)}


def test_a_dry_run_tells_the_same_and_changes_nothing(approval_database: Database, change: dict[str, Any]) -> None:
    with approval_database.transaction() as session:
        asked_on(session)
    end = due(approval_database, EXPIRY)
    change |= {"expiry": 21}
    with approval_database.reading() as session:
        preview = preview_moves(session, None).moved
    assert due(approval_database, EXPIRY) == end
    assert list(preview) == moved(approval_database)


def test_approvals_from_before_there_were_deadlines_begin_now(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        asked_on(session)
        session.execute(delete(DeadlineRow))
        the_approval(session).clock_from = None
    with approval_database.reading() as session:
        assert [each.begins for each in preview_moves(session, None).moved] == [True]
    assert [each.begins for each in moved(approval_database)] == [True]
    with approval_database.reading() as session:
        assert the_approval(session).clock_from == TUESDAY
    assert len(open_rows(approval_database)) == 8


def test_every_open_request_is_looked_at_batch_by_batch(
    approval_database: Database, change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("approval_svc.use_cases.move_deadlines.BATCH", 2)
    with approval_database.transaction() as session:
        asked_on(session)
        for _ in range(4):
            route(session, general_user(submitted_at=MONDAY), MONDAY)
    change |= {"expiry": 21}
    assert len(moved(approval_database)) == 5


def lose_a_time_zone(session: Session) -> UUID:
    """An approval whose deadlines nobody can count; returns its request."""
    (lost,) = route(session, general_user(submitted_at=MONDAY), MONDAY)
    lost.organization_time_zone = "Mars/Olympus"
    return lost.request_id


def test_one_that_cannot_be_planned_anew_is_named_and_the_others_move(
    approval_database: Database, change: dict[str, Any]
) -> None:
    with approval_database.transaction() as session:
        asked_on(session)
        lost = lose_a_time_zone(session)
        route(session, general_user(submitted_at=MONDAY), MONDAY)
    change |= {"expiry": 21}
    with approval_database.reading() as session:
        preview = preview_moves(session, None)
    with approval_database.transaction() as session:
        batch = move_deadlines(session, None, TUESDAY)
    assert (len(preview.moved), preview.left) == (len(batch.moved), batch.left) == (2, (lost,))


def test_an_expiry_that_was_put_off_to_be_announced_stays_put_off(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        asked_on(session)
    late = due(approval_database, EXPIRY) + timedelta(days=10)
    tick(approval_database, late)
    with approval_database.reading() as session:
        assert preview_moves(session, None).moved == ()


def as_operator(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)


def test_the_command_prints_what_moves(
    approval_database: Database,
    change: dict[str, Any],
    settings_environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    as_operator(settings_environ, monkeypatch)
    with approval_database.transaction() as session:
        request = asked_on(session)
        (approval,) = approvals_of(session, request)
        identifier: ApprovalRow = approval
    change |= {"expiry": 21}
    dry = CliRunner().invoke(move, ["--dry-run"], catch_exceptions=False)
    assert "1 open approval would move." in dry.output
    assert str(identifier.id)[:8] in dry.output
    assert "1 open approval moved." in CliRunner().invoke(move, catch_exceptions=False).output
    assert "0 open approvals moved." in CliRunner().invoke(move, catch_exceptions=False).output


def test_what_was_moved_is_printed_batch_by_batch_and_what_stays_is_named(
    approval_database: Database,
    change: dict[str, Any],
    settings_environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    as_operator(settings_environ, monkeypatch)
    monkeypatch.setattr("approval_svc.use_cases.move_deadlines.BATCH", 1)
    with approval_database.transaction() as session:
        asked_on(session)
        lost = lose_a_time_zone(session)
        route(session, general_user(submitted_at=MONDAY), MONDAY)
    change |= {"expiry": 21}
    result = CliRunner().invoke(move, env={"COLUMNS": "200"})
    assert result.exit_code == 1
    assert result.output.count("Before") == 2
    assert f"request {lost} could not be planned anew" in result.output
    assert "2 open approvals moved." in result.output
    assert "Error: 1 request could not be planned anew and stays as it was" in result.output
