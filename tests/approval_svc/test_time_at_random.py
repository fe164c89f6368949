"""Whenever the beat ticks, whoever decides or asks when: the same rules hold after each step."""

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from approval_svc import queries
from approval_svc.domain.approvals import OPEN, State, Verdict, Way
from approval_svc.domain.choices import Choice
from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.domain.overdue import Due, sort_out
from approval_svc.domain.refusals import RequestExpiredError
from approval_svc.tables import ApprovalRow, DeadlineRow, OfficialRow
from approval_svc.use_cases.decide import decide
from approval_svc.use_cases.fire_due import fire_due
from approval_svc.use_cases.nudge import nudge
from approval_svc.use_cases.resting import rest, resume
from approval_svc.use_cases.timing import timing_of
from approval_svc.use_cases.withdraw import withdraw
from shared.contracts import (
    ApprovalEscalated,
    ApprovalExpired,
    ApprovalNudged,
    ExpiryAnnounced,
    Message,
    NudgeAsked,
    ReminderDue,
    RequestWithdrawn,
    RoleRequested,
)
from shared.db import Database
from tests.approval_svc.at_once import meanwhile
from tests.approval_svc.factories import LIFETIME, asked, general_user, official, published, route
from tests.approval_svc.waiting import MONDAY, asked_on, due, run, the_approval, tick

MAILED: tuple[type[Message], ...] = (
    ReminderDue,
    ApprovalEscalated,
    ExpiryAnnounced,
    ApprovalNudged,
    ApprovalExpired,
)
HOURS = st.integers(min_value=1, max_value=24 * 9)
ACTS = st.sampled_from(["tick"] * 12 + ["nudge", "nudge", "rest", "resume", "approve", "withdraw"])


class Life:
    """One request from its first mail on; the officials of three authorities are in the directory."""

    def __init__(self, database: Database) -> None:
        self.database, self.now = database, MONDAY
        with database.transaction() as session:
            if session.scalar(select(OfficialRow.id).limit(1)) is None:
                official(session, "state", "AL", "loretta")
                official(session, "cms", "cms", "margaret")
                official(session, "help-desk", "help-desk", "henry")
            self.request: RoleRequested = general_user(submitted_at=self.now)
            route(session, self.request, self.now)
        self.asked: set[str] = set()
        self.ended = 0

    def approval(self, session: Session) -> ApprovalRow:
        request = queries.lock_request(session, self.request.request_id)
        assert request is not None
        return request.approvals[0]

    def do(self, act: str) -> None:
        with self.database.transaction() as session:
            if act == "tick":
                fire_due(session, LIFETIME, self.now)
            elif act == "nudge":
                nudge(session, NudgeAsked(request_id=self.request.request_id, asked_at=self.now), LIFETIME, self.now)
            elif act == "withdraw":
                gone = RequestWithdrawn(request_id=self.request.request_id, withdrawn_at=self.now)
                withdraw(session, gone, self.now)
            elif (approval := self.approval(session)).state is State.ASKED:
                self._do(session, approval, act)

    def _do(self, session: Session, approval: ApprovalRow, act: str) -> None:
        if act == "rest":
            rest(session, approval, self.now)
        elif act == "resume":
            resume(session, approval, self.now)
        else:
            first = queries.live_askings(approval)[0].official
            way = Way(signed_in_as=first.user_id)
            choice = Choice(verdict=Verdict.APPROVED)
            decide(session, approval.id, first.id, choice, way, always_sign_in=False, now=self.now)

    def messages(self, session: Session) -> list[Any]:
        found = itertools.chain.from_iterable(published(session, kind) for kind in MAILED)
        return [each for each in found if each.request_id == self.request.request_id]  # type: ignore[attr-defined]  # all have it

    def check(self) -> None:
        with self.database.transaction() as session:
            approval = self.approval(session)
            told = self.messages(session)
            self._check_rows(session, approval)
            _check_mail(session, approval, told)
            if approval.state in OPEN:
                assert self.asked <= asked(approval)  # escalation only ever adds
                self.asked = asked(approval)
            else:
                self.ended = self.ended or len(told)
                assert len(told) == self.ended  # nothing is told of what has ended

    def _check_rows(self, session: Session, approval: ApprovalRow) -> None:
        rows = session.scalars(select(DeadlineRow).where(DeadlineRow.approval_id == approval.id)).all()
        assert all(row.due_at is not None and row.fired_at >= row.due_at for row in rows if row.fired_at)
        if approval.state not in OPEN:
            assert all(row.ended_at for row in rows)
        if approval.resting_since:
            assert all(row.ended_at or row.due_at is None for row in rows)


def _check_mail(session: Session, approval: ApprovalRow, told: list[Any]) -> None:
    timing = timing_of(session, approval)
    numbers = [each.number for each in told if isinstance(each, ReminderDue)]
    assert numbers == sorted(set(numbers))  # none twice, none after a later one
    nudges = [each.nudged_at for each in told if isinstance(each, ApprovalNudged)]
    assert approval.clock_from is not None
    for before, after in itertools.pairwise([approval.clock_from, *nudges]):
        assert timing.calendar.elapsed(before, after) >= timing.policy.nudge_every - 1e-6
    for each in told:
        assert each.not_before == timing.mail_at(each.not_before)  # in the mail hours of a business day
    if approval.state is State.EXPIRED:
        assert any(isinstance(each, ExpiryAnnounced) for each in told)


@given(st.lists(st.tuples(HOURS, ACTS), max_size=25))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whenever_somebody_acts_and_whenever_the_beat_ticks(
    approval_database: Database, course: list[tuple[int, str]]
) -> None:
    life = Life(approval_database)
    for hours, act in course:
        life.now += timedelta(hours=hours)
        life.do(act)
        life.check()
    life.do("withdraw")
    life.check()


DUE = st.builds(
    Due,
    kind=st.sampled_from(DeadlineKind),
    step=st.integers(min_value=1, max_value=3),
    due_at=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2026, 12, 31)),  # noqa: DTZ001  # only compared
)


@given(st.lists(DUE, min_size=1, max_size=8, unique_by=lambda due: (due.kind, due.step)))
def test_of_what_is_due_together_each_is_done_overtaken_or_put_off(due: list[Due]) -> None:
    found = sort_out(due)
    assert sorted([*found.acting, *found.overtaken, *found.put_off], key=str) == sorted(due, key=str)
    kinds = [each.kind for each in found.acting]
    assert kinds.count(DeadlineKind.REMINDER) <= 1
    assert kinds.count(DeadlineKind.EXPIRY_NOTICE) <= 1
    assert DeadlineKind.REMINDER not in kinds or set(kinds) == {DeadlineKind.REMINDER}
    assert DeadlineKind.EXPIRY not in kinds or set(kinds) == {DeadlineKind.EXPIRY}
    assert bool(found.put_off) == ({DeadlineKind.EXPIRY, DeadlineKind.EXPIRY_NOTICE} <= {each.kind for each in due})


def test_who_decides_while_the_approval_expires_learns_that_it_has(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        asked_on(session)
    end = due(approval_database, DeadlineKind.EXPIRY)
    run(approval_database, MONDAY, end - timedelta(seconds=1), timedelta(hours=6))
    with approval_database.reading() as session:
        approval = the_approval(session)
        first = queries.live_askings(approval)[0].official_id
    refused: list[Exception] = []

    def too_late() -> None:
        way, choice = Way(signed_in_as="loretta"), Choice(verdict=Verdict.APPROVED)
        try:
            with approval_database.transaction() as other:
                decide(other, approval.id, first, choice, way, always_sign_in=False, now=end)
        except RequestExpiredError as refusal:
            refused.append(refusal)

    with meanwhile(approval_database, too_late) as session:
        assert fire_due(session, LIFETIME, end) == 1
    assert len(refused) == 1


def test_many_at_once_are_worked_off_in_batches_the_earliest_first(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("approval_svc.use_cases.fire_due.BATCH", 3)
    with approval_database.transaction() as session:
        asked_on(session)
        for hours in range(1, 8):
            late = MONDAY + timedelta(hours=hours) / 8
            route(session, general_user(submitted_at=late), late)
    now = MONDAY + timedelta(days=3)
    assert [tick(approval_database, now) for _ in range(4)] == [3, 3, 2, 0]
    with approval_database.reading() as session:
        requested = [each.requested_at for each in published(session, ReminderDue)]
    assert requested == sorted(requested)
    assert len(requested) == 8
