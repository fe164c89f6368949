"""Officials who are absent: their substitutes are asked, act for them, and nobody decides on themselves through it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from approval_svc.domain.absences import UnusableAbsenceError
from approval_svc.domain.refusals import NotAnOfficialError, NotAskedError, OwnRequestError
from approval_svc.tables import AbsenceRow, ApprovalRow, HistoryRow, OfficialRow
from approval_svc.use_cases import keeping_absences as module
from approval_svc.use_cases.explain_request import explain_request
from approval_svc.use_cases.mark_unreachable import mark_unreachable
from approval_svc.use_cases.plan_absence import (
    NoSuchAbsenceError,
    Wanted,
    cancel_absence,
    change_absence,
)
from approval_svc.use_cases.remove_official import remove_official
from approval_svc.use_cases.restore_address import restore_address
from approval_svc.use_cases.simulate_deadlines import simulate_deadlines
from shared.audit.table import audit
from shared.contracts import (
    AbsenceBegun,
    AbsenceEnded,
    ApprovalClosed,
    ApprovalDecided,
    ApprovalRequested,
    ClosedBecause,
    DigestDue,
    Person,
    RequestDecided,
)
from shared.db import Database
from tests.approval_svc.absent import NEXT_WEEK, TODAY, TOMORROW, absent, acting, entries, tick
from tests.approval_svc.at_once import meanwhile
from tests.approval_svc.factories import (
    LIFETIME,
    NOW,
    approve,
    asked,
    general_user,
    official,
    published,
    returned_mail,
    route,
)
from tests.approval_svc.talking import hands_over

MIDNIGHT = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
"""The end of tomorrow in Alabama."""
PERSON = Person(user_id="ann", name="Ann", email="ann@officials.example")


@pytest.fixture
def session(approval_database: Database) -> Iterator[Session]:
    with approval_database.transaction() as session:
        yield session


def john_and(session: Session, *others: tuple[str, str, str]) -> list[OfficialRow]:
    """John of Alabama, and others."""
    return [official(session, "state", "AL", "john"), *(official(session, *each) for each in others)]


ANN, CARL, HUGO = ("state", "AL", "ann"), ("cms", "cms", "carl"), ("help-desk", "help-desk", "hugo")


# ── whom a new request comes to ──────────────────────────────────────────────────────────────────────


def test_a_request_comes_to_the_substitute_who_acts_for_the_absent(session: Session) -> None:
    john, carl = john_and(session, CARL)
    absent(session, john, carl)
    (approval,) = route(session, general_user())
    assert acting(approval) == {"carl": ["John"]}
    assert approval.authority_kind == "state"  # Alabama's it stays
    (message,) = published(session, ApprovalRequested)
    assert [each.acting for each in message.officials] == ["Carl for John"]
    assert message.newly_asked == (carl.id,)


def test_a_colleague_acts_besides_deciding_in_their_own_right(session: Session) -> None:
    john, ann = john_and(session, ANN)
    absent(session, john, ann)
    (approval,) = route(session, general_user())
    assert acting(approval) == {"ann": ["John"]}


def test_an_absence_that_is_only_planned_changes_nothing(session: Session) -> None:
    john, ann = john_and(session, ANN)
    absent(session, john, ann, TOMORROW)
    (approval,) = route(session, general_user())
    assert acting(approval) == {"ann": [], "john": []}
    assert published(session, AbsenceBegun) == []


# ── when an absence begins and ends ──────────────────────────────────────────────────────────────────


def test_what_waits_goes_to_the_substitute_when_it_begins_and_comes_back_when_it_ends(
    approval_database: Database,
) -> None:
    with approval_database.transaction() as session:
        john, carl = john_and(session, CARL)
        absent(session, john, carl, TOMORROW)
        (approval,) = route(session, general_user())
    begins = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
    assert tick(approval_database, begins - timedelta(seconds=1)) == 0
    assert tick(approval_database, begins) == 1
    with approval_database.reading() as session:
        approval = session.get_one(ApprovalRow, approval.id)
        assert acting(approval) == {"carl": ["John"]}
        (closed,) = published(session, ApprovalClosed)
        assert (closed.because, [each.user_id for each in closed.officials]) == (ClosedBecause.MOVED, ["john"])
    assert tick(approval_database, MIDNIGHT) == 1
    with approval_database.reading() as session:
        approval = session.get_one(ApprovalRow, approval.id)
        assert acting(approval) == {"john": []}
        assert published(session, ApprovalRequested)[-1].newly_asked == (john.id,)


def test_an_absence_begins_once_and_ends_once_however_many_beats_run(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        john, ann = john_and(session, ANN)
        absent(session, john, ann, TOMORROW)
    for now in (MIDNIGHT - timedelta(days=1), MIDNIGHT, MIDNIGHT):
        tick(approval_database, now)
        tick(approval_database, now)
    with approval_database.reading() as session:
        assert len(published(session, AbsenceBegun)) == 1
        assert len(entries(session, audit, "absence.begun")) == len(entries(session, audit, "absence.ended")) == 1


def test_one_that_cannot_be_begun_does_not_hold_up_the_others_and_is_tried_again_later(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with approval_database.transaction() as session:
        john, ann = john_and(session, ANN)
        broken = absent(session, john, ann, TOMORROW).id
        absent(session, official(session, "state", "GA", "paul"), official(session, "state", "GA", "rita"), TOMORROW)
    begin = module.begin

    def break_one(session: Session, absence: AbsenceRow, *rest: Any) -> None:
        if absence.id == broken:
            session.execute(text("SELECT 1 / 0"))
        begin(session, absence, *rest)

    monkeypatch.setattr(module, "begin", break_one)
    begins = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
    assert tick(approval_database, begins) == 2
    assert tick(approval_database, begins + timedelta(seconds=10)) == 0
    with approval_database.reading() as session:
        (begun,) = published(session, AbsenceBegun)
        assert begun.official.user_id == "paul"
    monkeypatch.setattr(module, "begin", begin)
    assert tick(approval_database, begins + module.TRIED_AGAIN_AFTER) == 1
    with approval_database.reading() as session:
        assert [each.official.user_id for each in published(session, AbsenceBegun)] == ["paul", "john"]


def test_those_of_one_midnight_are_begun_in_batches(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    with approval_database.transaction() as session:
        ann = official(session, "state", "AL", "ann")
        for each in ("john", "paul", "rose"):
            absent(session, official(session, "state", "AL", each), ann, TOMORROW)
    begins = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
    assert [tick(approval_database, begins) for _ in range(3)] == [2, 1, 0]


def test_one_that_went_by_while_no_beat_ran_only_ends_and_nobody_is_told(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        john, ann = john_and(session, ANN)
        absent(session, john, ann, TOMORROW)
    tick(approval_database, MIDNIGHT + timedelta(days=9))
    with approval_database.reading() as session:
        assert published(session, AbsenceBegun) == []
        assert session.scalars(select(AbsenceRow.over_at)).one() is not None


def test_both_are_told_when_it_begins_and_what_waits_is_counted(session: Session) -> None:
    john, carl = john_and(session, CARL)
    route(session, general_user())
    route(session, general_user())
    absent(session, john, carl)
    (message,) = published(session, AbsenceBegun)
    assert message.substitute is not None
    assert (message.official.user_id, message.substitute.user_id, message.waiting) == ("john", "carl", 2)
    assert message.ends_at == MIDNIGHT


def test_what_was_handed_over_comes_back_to_the_receiver_from_their_substitute(session: Session) -> None:
    john, carl, hugo = john_and(session, CARL, HUGO)
    (approval,) = route(session, general_user())
    hands_over(session, approval, john, "carl")
    absence = absent(session, carl, hugo)
    assert acting(approval) == {"hugo": ["Carl"]}
    cancel_absence(session, "carl", absence.id, LIFETIME, NOW)
    assert acting(approval) == {"carl": []}


def test_it_comes_back_to_the_giver_when_the_receiver_leaves_in_their_absence(session: Session) -> None:
    john, carl, hugo = john_and(session, CARL, HUGO)
    (approval,) = route(session, general_user())
    hands_over(session, approval, john, "carl")
    absent(session, carl, hugo)
    remove_official(session, carl.authority, "carl", LIFETIME, NOW)
    assert acting(approval) == {"john": []}


# ── deciding ─────────────────────────────────────────────────────────────────────────────────────────


def test_who_decided_for_whom_is_told_and_kept(session: Session) -> None:
    john, carl = john_and(session, CARL)
    absent(session, john, carl)
    (approval,) = route(session, general_user())
    approve(session, approval, carl)
    (decided,), (request,) = published(session, ApprovalDecided), published(session, RequestDecided)
    assert decided.outcome.decider == request.outcomes[0].decider == "Carl for John"
    assert published(session, ApprovalClosed)[-1].decider == "Carl for John"
    assert "Carl for John approved the request." in session.scalars(select(HistoryRow.text)).all()


def test_the_audit_has_both(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        john, carl = john_and(session, CARL)
        absent(session, john, carl)
        (approval,) = route(session, general_user())
        approve(session, approval, carl)
    with approval_database.reading() as session:
        (entry,) = entries(session, audit, "approval.decided")
        assert entry.after["official"] == str(carl.id)
        assert entry.on_behalf_of == f"official:{john.id}"
        assert entry.after["acted_for"] == [str(john.id)]
        (put,) = entries(session, audit, "approval.asked")
        assert put.after["acting"] == {str(carl.id): [str(john.id)]}


def test_the_absent_cannot_decide_meanwhile(session: Session) -> None:
    john, ann = john_and(session, ANN)
    (approval,) = route(session, general_user())
    absent(session, john, ann)
    with pytest.raises(NotAskedError):
        approve(session, approval, john)


# ── nobody decides on themselves ─────────────────────────────────────────────────────────────────────


def test_a_substitute_does_not_decide_on_their_own_request(session: Session) -> None:
    john, ann, _bea = john_and(session, ANN, ("state", "AL", "bea"))
    absent(session, john, ann)
    (approval,) = route(session, general_user(requester=PERSON))
    assert acting(approval) == {"bea": []}


def test_with_nobody_but_the_asking_substitute_the_next_authority_decides(session: Session) -> None:
    john, ann, _carl = john_and(session, ANN, CARL)
    absent(session, john, ann)
    (approval,) = route(session, general_user(requester=PERSON))
    assert acting(approval) == {"carl": []}
    assert approval.authority_kind == "cms"
    with pytest.raises(NotAskedError):
        approve(session, approval, ann)


def test_a_substitute_who_becomes_the_requester_of_what_the_absent_had_cannot_decide_it(session: Session) -> None:
    john, ann, _carl = john_and(session, ANN, CARL)
    (approval,) = route(session, general_user(requester=PERSON))
    assert asked(approval) == {"john"}
    absent(session, john, ann)
    assert asked(approval) == {"carl"}


def test_the_request_of_the_absent_does_not_come_to_their_substitute_of_another_authority(session: Session) -> None:
    john, _ann, carl = john_and(session, ANN, CARL)
    absent(session, john, carl)
    (approval,) = route(session, general_user(requester=replace(PERSON, user_id="john", email=john.email)))
    assert acting(approval) == {"ann": []}


def test_a_substitute_with_the_requesters_address_does_not_decide(session: Session) -> None:
    john = official(session, "state", "AL", "john")
    ann = official(session, "state", "AL", "ann", email="angela@health.example")
    official(session, *CARL)
    absent(session, john, ann)
    (approval,) = route(session, general_user())
    assert asked(approval) == {"carl"}
    with pytest.raises((OwnRequestError, NotAskedError)):
        approve(session, approval, ann)


# ── when things change meanwhile ─────────────────────────────────────────────────────────────────────


def test_when_the_substitute_leaves_the_others_decide(session: Session) -> None:
    john, _ann, carl = john_and(session, ANN, CARL)
    absent(session, john, carl)
    (approval,) = route(session, general_user())
    assert asked(approval) == {"ann", "carl"}
    remove_official(session, carl.authority, "carl", LIFETIME, NOW)
    assert asked(approval) == {"ann"}


def test_a_substitute_whom_no_mail_reaches_acts_again_once_it_does(session: Session) -> None:
    john, carl, _hugo = john_and(session, CARL, HUGO)
    absent(session, john, carl)
    (approval,) = route(session, general_user())
    mark_unreachable(session, returned_mail(approval, "carl"), LIFETIME, NOW)
    assert asked(approval) == {"hugo"}
    restore_address(session, carl.id, LIFETIME, NOW)
    assert acting(approval) == {"carl": ["John"]}


def test_so_does_one_beside_colleagues_of_the_absent(session: Session) -> None:
    john, _ann, carl = john_and(session, ANN, CARL)
    absent(session, john, carl)
    (approval,) = route(session, general_user())
    mark_unreachable(session, returned_mail(approval, "carl"), LIFETIME, NOW)
    assert acting(approval) == {"ann": []}
    restore_address(session, carl.id, LIFETIME, NOW)
    assert acting(approval) == {"ann": [], "carl": ["John"]}


def test_with_everybody_away_and_nobody_to_act_the_absent_are_asked_after_all(session: Session) -> None:
    john, ann = john_and(session, ANN)
    absent(session, john, ann)
    remove_official(session, ann.authority, "ann", LIFETIME, NOW)
    (approval,) = route(session, general_user())
    assert asked(approval) == {"john"}


def test_another_substitute_takes_over_at_once_and_is_told(session: Session) -> None:
    john, ann, _carl = john_and(session, ANN, CARL)
    absence = absent(session, john, ann)
    (approval,) = route(session, general_user())
    other = Wanted(first_day=TODAY, last_day=TOMORROW, substitute="carl")
    change_absence(session, "john", absence.id, other, LIFETIME, NOW)
    assert acting(approval) == {"ann": [], "carl": ["John"]}
    assert [each.substitute.user_id for each in published(session, AbsenceBegun) if each.substitute] == ["ann", "carl"]


def test_another_substitute_is_noted_though_the_same_people_are_asked(session: Session) -> None:
    john, ann, _bea = john_and(session, ANN, ("state", "AL", "bea"))
    absence = absent(session, john, ann)
    (approval,) = route(session, general_user())
    other = Wanted(first_day=TODAY, last_day=TOMORROW, substitute="bea")
    change_absence(session, "john", absence.id, other, LIFETIME, NOW)
    assert acting(approval) == {"ann": [], "bea": ["John"]}


def test_of_another_last_day_of_one_in_force_both_are_told(session: Session) -> None:
    john, ann = john_and(session, ANN)
    absence = absent(session, john, ann)
    change_absence(
        session, "john", absence.id, Wanted(first_day=TODAY, last_day=NEXT_WEEK, substitute="ann"), LIFETIME, NOW
    )
    until = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)
    first, again = published(session, AbsenceBegun)
    assert (again.absence_id, again.official, again.substitute) == (first.absence_id, first.official, first.substitute)
    assert absence.ends_at == again.ends_at == until > first.ends_at


def test_other_days_of_one_that_is_only_planned_tell_nobody(session: Session) -> None:
    john, ann = john_and(session, ANN)
    absence = absent(session, john, ann, TOMORROW, TOMORROW)
    longer = Wanted(first_day=TOMORROW, last_day=NEXT_WEEK, substitute="ann")
    change_absence(session, "john", absence.id, longer, LIFETIME, NOW)
    assert published(session, AbsenceBegun) == []


def test_an_absence_that_is_cancelled_gives_back_what_waits(session: Session) -> None:
    john, carl = john_and(session, CARL)
    absence = absent(session, john, carl)
    (approval,) = route(session, general_user())
    cancel_absence(session, "john", absence.id, LIFETIME, NOW)
    assert acting(approval) == {"john": []}
    with pytest.raises(NoSuchAbsenceError):
        cancel_absence(session, "john", absence.id, LIFETIME, NOW)


def test_nobody_cancels_or_changes_the_absence_of_another(session: Session) -> None:
    john, ann = john_and(session, ANN)
    absence = absent(session, john, ann)
    with pytest.raises(NoSuchAbsenceError):
        cancel_absence(session, "ann", absence.id, LIFETIME, NOW)


# ── what is refused when it is entered ───────────────────────────────────────────────────────────────


def refused_at(session: Session, who: OfficialRow, substitute: OfficialRow) -> str:
    with pytest.raises(UnusableAbsenceError) as refused:
        absent(session, who, substitute)
    return refused.value.field


def test_nobody_acts_for_themselves_under_another_user_id_either(session: Session) -> None:
    (john,) = john_and(session)
    other = official(session, "cms", "cms", "john.private", email=john.email.upper())
    assert refused_at(session, john, john) == "substitute"
    assert refused_at(session, john, other) == "substitute"


def test_only_officials_of_the_same_authority_or_the_next_one_up_can_act(session: Session) -> None:
    john, hugo, sue, carl = john_and(session, HUGO, ("state", "GA", "sue"), CARL)
    assert refused_at(session, john, hugo) == "substitute"
    assert refused_at(session, john, sue) == "substitute"
    absent(session, carl, hugo)


@pytest.mark.parametrize("lacking", [{"active": False}, {"reachable": False}])
def test_who_cannot_be_asked_cannot_act(session: Session, lacking: dict[str, bool]) -> None:
    (john,) = john_and(session)
    assert refused_at(session, john, official(session, "state", "AL", "ann", **lacking)) == "substitute"


def test_there_are_no_chains_whichever_is_entered_first(session: Session) -> None:
    john, ann, carl = john_and(session, ANN, CARL)
    absent(session, john, ann)
    assert refused_at(session, ann, carl) == "first_day"
    assert refused_at(session, john, carl) == "first_day"
    bea = official(session, "state", "AL", "bea")
    assert refused_at(session, bea, john) == "substitute"


def test_who_is_no_official_has_nobody_act_for_them(session: Session) -> None:
    john, ann = john_and(session, ANN)
    remove_official(session, john.authority, "john", LIFETIME, NOW)
    with pytest.raises(NotAnOfficialError):
        absent(session, john, ann)


# ── mail ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_substitute_has_one_mail_of_several_that_come_to_them_and_not_at_midnight(
    approval_database: Database,
) -> None:
    with approval_database.transaction() as session:
        john, carl = john_and(session, CARL)
        absent(session, john, carl, TOMORROW)
        for _ in range(3):
            route(session, general_user())
    tick(approval_database, datetime(2026, 11, 24, 6, 0, tzinfo=UTC))
    opens = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # 8 AM in Alabama
    with approval_database.reading() as session:
        *_, one, two, three = published(session, ApprovalRequested)
        assert all(each.newly_asked == each.by_digest == (carl.id,) for each in (one, two, three))
        (digest,) = published(session, DigestDue)
        assert (digest.official.user_id, len(digest.entries), digest.not_before) == ("carl", 3, opens)
        assert {each.acts_for for each in digest.entries} == {("John",)}
        assert published(session, AbsenceBegun)[0].not_before == opens


def test_of_a_single_one_they_have_a_mail_of_its_own_in_mail_hours(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        john, carl = john_and(session, CARL)
        absent(session, john, carl, TOMORROW)
        route(session, general_user())
    tick(approval_database, datetime(2026, 11, 24, 6, 0, tzinfo=UTC))
    with approval_database.reading() as session:
        asked_now = published(session, ApprovalRequested)[-1]
        assert (asked_now.newly_asked, asked_now.by_digest) == ((carl.id,), ())
        assert asked_now.not_before == datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
        assert published(session, DigestDue) == []


def test_it_is_told_when_nobody_acts_any_more(session: Session) -> None:
    john, ann = john_and(session, ANN)
    absence = absent(session, john, ann)
    cancel_absence(session, "john", absence.id, LIFETIME, NOW)
    assert [each.absence_id for each in published(session, AbsenceEnded)] == [absence.id]


def test_of_a_planned_one_that_is_cancelled_nothing_is_told(session: Session) -> None:
    john, ann = john_and(session, ANN)
    cancel_absence(session, "john", absent(session, john, ann, TOMORROW).id, LIFETIME, NOW)
    assert published(session, AbsenceEnded) == []
    assert published(session, AbsenceBegun) == []


# ── explaining ───────────────────────────────────────────────────────────────────────────────────────


def test_an_explanation_says_who_is_absent_and_who_acts(session: Session) -> None:
    john, _ann, carl = john_and(session, ANN, CARL)
    absent(session, john, carl)
    request = general_user()
    route(session, request)
    found = explain_request(session, request.request_id)
    assert found is not None
    said = {each.user_id: each.verdict for each in found.approvals[0].authorities[0].officials}
    assert said == {
        "john": "is absent, and a substitute acts for them",
        "ann": "may decide",
        "carl": "may decide, in place of John",
    }


def test_a_simulation_counts_who_acts_and_not_who_is_absent(session: Session) -> None:
    john, _ann, carl, _dora = john_and(session, ANN, CARL, ("cms", "cms", "dora"))
    absent(session, john, carl)
    found = simulate_deadlines(session, "state-agency-sc-general-user", "AL", "2026-11-23")
    assert found.asked == "Security Officials of Alabama (2 people)"
    assert any("CMS Security Officials (1 person)" in each.what for each in found.course.follows)


# ── two at once ──────────────────────────────────────────────────────────────────────────────────────


def test_of_two_who_choose_each_other_at_the_same_time_one_is_refused(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        john, ann = john_and(session, ANN)
    refused: list[str] = []

    def ann_chooses_john() -> None:
        with approval_database.transaction() as session:
            try:
                absent(session, ann, john)
            except UnusableAbsenceError as error:
                refused.append(error.field)

    with meanwhile(approval_database, ann_chooses_john) as session:
        absent(session, john, ann)
    assert refused == ["first_day"]


def test_what_comes_in_while_an_absence_begins_goes_to_the_substitute(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        john, carl = john_and(session, CARL)
    request = general_user()

    def comes_in() -> None:
        with approval_database.transaction() as session:
            route(session, request)

    with meanwhile(approval_database, comes_in) as session:
        absent(session, john, carl)
    with approval_database.reading() as session:
        assert [acting(each) for each in session.scalars(select(ApprovalRow))] == [{"carl": ["John"]}]
