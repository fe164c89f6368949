"""The review of roles: when it begins, who is asked, what they answer, and what silence does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from approval_svc import reference, review_queries
from approval_svc.domain.refusals import UnusableChoiceError
from approval_svc.domain.reviews import Answer, next_review
from approval_svc.domain.routing import AuthorityId
from approval_svc.tables import AbsenceRow, OfficialRow, ReviewItemRow, ReviewPlanRow, ReviewRow
from approval_svc.use_cases.answer_review import (
    NoSuchReviewError,
    ReviewClosedError,
    Said,
    answer_review,
)
from approval_svc.use_cases.follow_grant import follow_grant
from approval_svc.use_cases.follow_removal import follow_removal
from approval_svc.use_cases.open_review import open_review
from approval_svc.use_cases.plan_absence import Wanted, enter_absence
from approval_svc.use_cases.remove_official import remove_official
from approval_svc.use_cases.tend_reviews import tend_reviews
from shared.catalog.deadlines import Silence
from shared.contracts import EndedBecause, Organization, Person, ReviewClosed, ReviewDue, RoleEndOrdered, RoleGranted
from shared.db import Database
from shared.ids import new_id
from tests.approval_svc.factories import ALABAMA, ANGELA, LIFETIME, grant, official, published, removal

START = datetime(2026, 6, 2, 15, 0, tzinfo=UTC)
"""A Tuesday, 10:00 in Alabama, where the Monday before is a holiday."""
AL = AuthorityId(kind="state", id="AL")
ROLE = "state-agency-sc-general-user"
SO_ROLE = "state-agency-security-official"
BERT = Person(user_id="bert", name="Bert Olsen", email="bert@health.example")


def person(user_id: str) -> Person:
    return Person(user_id=user_id, name=user_id.title(), email=f"{user_id}@officials.example")


def granted(database: Database, *grants: RoleGranted) -> list[UUID]:
    with database.transaction() as session:
        for each in grants:
            follow_grant(session, each, LIFETIME, START)
    return [each.grant_id for each in grants]


def alabama(database: Database, *officials: str) -> list[UUID]:
    """Angela and Bert have a role in Alabama, and there are these officials; returns the ids of the roles."""
    with database.transaction() as session:
        for each in officials:
            official(session, "state", "AL", each)
    return granted(database, grant(ANGELA, ROLE, ALABAMA), grant(BERT, ROLE, ALABAMA))


def opened(database: Database, now: datetime = START, authority: AuthorityId = AL) -> UUID:
    with database.transaction() as session:
        review = open_review(session, authority, now)
        assert review is not None
        return review.id


def tick(database: Database, now: datetime) -> int:
    with database.transaction() as session:
        return tend_reviews(session, now)


def run(database: Database, start: datetime, days: float) -> None:
    for hours in range(int(days * 24) + 1):
        tick(database, start + timedelta(hours=hours))


def answer(
    database: Database, review: UUID, who: str, said: Said, *grants: UUID, **more: Any
) -> dict[UUID, str | None]:
    values = {"reason": "Left the agency" if said is Said.REMOVE else None, "now": START + timedelta(days=1)} | more
    with database.transaction() as session:
        chosen = grants or waiting_for(session, review, who)
        results = answer_review(session, review, who, said, grants=chosen, **values)
        return {each.grant.id: each.refused for each in results}


def waiting_for(session: Session, review: UUID, who: str) -> list[UUID]:
    """The roles that wait for this official's answer."""
    lines = review_queries.lines_of(session, session.get_one(ReviewRow, review))
    return [line.grant.id for line in lines if line.is_open and line.reviewer(who)]


def told(database: Database) -> list[ReviewDue]:
    with database.reading() as session:
        return published(session, ReviewDue)


def closed(database: Database) -> list[ReviewClosed]:
    with database.reading() as session:
        return published(session, ReviewClosed)


def ordered(database: Database) -> list[RoleEndOrdered]:
    with database.reading() as session:
        return published(session, RoleEndOrdered)


def answers(database: Database) -> dict[UUID, Answer | None]:
    with database.reading() as session:
        return {row.grant_id: row.answer for row in session.scalars(select(ReviewItemRow))}


def plan(database: Database, authority: AuthorityId = AL) -> datetime:
    with database.reading() as session:
        return session.get_one(ReviewPlanRow, (authority.kind, authority.id)).due_at


def silence(monkeypatch: pytest.MonkeyPatch, what: Silence) -> None:
    """The policy that everybody comes under, with another silence."""
    asked = reference.deadline_policy

    def policy(role_id: str, kind: str | None) -> Any:
        found = asked(role_id, kind)
        return replace(found, review=replace(found.review, silence=what))

    monkeypatch.setattr(reference, "deadline_policy", policy)


def test_months_are_those_of_the_calendar_and_end_with_a_short_one() -> None:
    zone = ZoneInfo("America/Chicago")
    assert next_review(datetime(2027, 1, 31, 18, tzinfo=UTC), 1, zone) == datetime(2027, 2, 28, 18, tzinfo=UTC)
    assert next_review(datetime(2028, 2, 29, 18, tzinfo=UTC), 12, zone) == datetime(2029, 2, 28, 18, tzinfo=UTC)
    # The same hour by the wall clock, on both sides of the change to winter time.
    assert next_review(datetime(2026, 10, 15, 15, tzinfo=UTC), 2, zone) == datetime(2026, 12, 15, 16, tzinfo=UTC)


def test_a_review_begins_a_year_after_the_first_role_and_asks_each_official_once(approval_database: Database) -> None:
    roles = alabama(approval_database, "loretta", "wesley")
    due = datetime(2027, 6, 2, 15, 0, tzinfo=UTC)
    assert plan(approval_database) == due
    tick(approval_database, due - timedelta(hours=1))
    assert told(approval_database) == []
    tick(approval_database, due)
    tick(approval_database, due)
    (message,) = told(approval_database)
    assert message.number == 0
    assert {(each.official.user_id, each.left) for each in message.reviewers} == {("loretta", 2), ("wesley", 2)}
    assert set(answers(approval_database)) == set(roles)
    assert plan(approval_database) == datetime(2028, 6, 2, 15, 0, tzinfo=UTC)


def test_what_is_due_at_night_begins_in_the_morning(approval_database: Database) -> None:
    alabama(approval_database, "loretta")
    saturday_night = datetime(2027, 6, 12, 4, 0, tzinfo=UTC)
    tick(approval_database, saturday_night)
    assert told(approval_database) == []
    assert plan(approval_database) == datetime(2027, 6, 14, 13, 0, tzinfo=UTC)  # Monday, 8:00 in Alabama


def test_two_beats_begin_one_review(approval_database: Database) -> None:
    alabama(approval_database, "loretta")
    due = plan(approval_database)
    with approval_database.transaction() as one, approval_database.transaction() as other:
        assert (tend_reviews(one, due), tend_reviews(other, due)) == (1, 0)
    assert len(told(approval_database)) == 1


def test_nothing_to_review_means_no_mail(approval_database: Database) -> None:
    role = grant(ANGELA, ROLE, ALABAMA)
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
    granted(approval_database, role)
    with approval_database.transaction() as session:
        follow_removal(session, removal(role), LIFETIME, START)
    due = plan(approval_database)
    tick(approval_database, due)
    assert told(approval_database) == []
    assert plan(approval_database) == datetime(2028, 6, 2, 15, 0, tzinfo=UTC)


def test_where_nobody_can_review_it_is_tried_again_and_nothing_is_lost(approval_database: Database) -> None:
    alabama(approval_database)
    due = plan(approval_database)
    tick(approval_database, due)
    assert told(approval_database) == []
    with approval_database.transaction() as session:
        official(session, "cms", "cms", "margaret")
    tick(approval_database, due + timedelta(days=1))
    (message,) = told(approval_database)
    assert [each.official.user_id for each in message.reviewers] == ["margaret"]


def test_each_role_is_confirmed_or_removed_and_the_last_answer_closes_the_review(approval_database: Database) -> None:
    angelas, berts = alabama(approval_database, "loretta", "wesley")
    review = opened(approval_database)
    assert answer(approval_database, review, "loretta", Said.CONFIRM, angelas) == {angelas: None}
    assert closed(approval_database) == []
    assert answer(approval_database, review, "wesley", Said.REMOVE, berts) == {berts: None}
    (order,) = ordered(approval_database)
    assert (order.grant_id, order.because, order.ordered_by) == (berts, EndedBecause.REVIEW, "Wesley")
    assert order.on_behalf_of == "Security Officials of Alabama"
    assert order.reason == "Left the agency"
    (summary,) = closed(approval_database)
    assert (summary.confirmed, summary.removed, summary.kept_unanswered) == (1, 1, 0)
    assert {each.user_id for each in summary.officials} == {"loretta", "wesley"}


def test_the_second_official_learns_who_was_first(approval_database: Database) -> None:
    angelas, _ = alabama(approval_database, "loretta", "wesley")
    review = opened(approval_database)
    answer(approval_database, review, "loretta", Said.CONFIRM, angelas)
    assert answer(approval_database, review, "wesley", Said.REMOVE, angelas) == {
        angelas: "Loretta confirmed it already"
    }
    assert ordered(approval_database) == []


def test_all_that_are_left_are_confirmed_at_once(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
    granted(approval_database, *(grant(person(f"user{number}"), ROLE, ALABAMA) for number in range(500)))
    review = opened(approval_database)
    done = answer(approval_database, review, "loretta", Said.CONFIRM)
    assert len(done) == 500
    assert set(done.values()) == {None}
    assert closed(approval_database)[0].confirmed == 500


def test_nobody_reviews_their_own_role(approval_database: Database) -> None:
    mine, his = granted(
        approval_database, grant(person("loretta"), SO_ROLE, ALABAMA), grant(person("wesley"), SO_ROLE, ALABAMA)
    )
    review = opened(approval_database)
    (message,) = told(approval_database)
    assert {(each.official.user_id, each.left) for each in message.reviewers} == {("loretta", 1), ("wesley", 1)}
    refused = answer(approval_database, review, "loretta", Said.CONFIRM, mine)
    assert refused == {mine: "It is your own role: others review it"}
    assert answer(approval_database, review, "loretta", Said.CONFIRM) == {his: None}
    assert answers(approval_database) == {mine: None, his: Answer.CONFIRMED}


def test_the_role_of_the_only_official_goes_to_the_next_authority(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "cms", "cms", "margaret")
    lorettas, angelas = granted(
        approval_database, grant(person("loretta"), SO_ROLE, ALABAMA), grant(ANGELA, ROLE, ALABAMA)
    )
    review = opened(approval_database)
    (message,) = told(approval_database)
    assert {(each.official.user_id, each.left) for each in message.reviewers} == {("loretta", 1), ("margaret", 1)}
    refused = answer(approval_database, review, "margaret", Said.CONFIRM, angelas)
    assert refused == {angelas: "It is not yours to review"}
    assert answer(approval_database, review, "margaret", Said.CONFIRM) == {lorettas: None}


def test_an_official_under_another_user_id_with_the_same_address_does_not_review_their_own(
    approval_database: Database,
) -> None:
    (angelas, berts) = alabama(approval_database, "loretta")
    with approval_database.transaction() as session:
        official(session, "state", "AL", "angela.two", email=ANGELA.email)
    review = opened(approval_database)
    assert answer(approval_database, review, "angela.two", Said.CONFIRM) == {berts: None}
    assert answer(approval_database, review, "angela.two", Said.CONFIRM, angelas) == {
        angelas: "It is not yours to review"
    }


def test_a_substitute_reviews_for_the_absent_but_not_their_own_role(approval_database: Database) -> None:
    angelas, berts = alabama(approval_database, "loretta", "wesley")
    wesleys = granted(approval_database, grant(person("wesley"), ROLE, ALABAMA))[0]
    with approval_database.transaction() as session:
        rows = {row.user_id: row for row in session.scalars(select(OfficialRow))}
        absent(session, rows["loretta"], rows["wesley"])
    review = opened(approval_database)
    assert answer(approval_database, review, "wesley", Said.CONFIRM) == {angelas: None, berts: None}
    assert answers(approval_database)[wesleys] is None


def absent(session: Session, away: OfficialRow, substitute: OfficialRow) -> None:
    session.add(
        AbsenceRow(
            id=new_id(),
            user_id=away.user_id,
            first_day=START.date(),
            last_day=START.date() + timedelta(days=9),
            zone="America/Chicago",
            begins_at=START - timedelta(days=1),
            ends_at=START + timedelta(days=9),
            substitute_id=substitute.id,
            entered_at=START - timedelta(days=2),
            begun_at=START - timedelta(days=1),
        )
    )
    session.flush()


def test_strangers_have_no_part_in_it_and_a_closed_review_takes_no_answer(approval_database: Database) -> None:
    angelas, berts = alabama(approval_database, "loretta")
    review = opened(approval_database)
    with pytest.raises(NoSuchReviewError):
        answer(approval_database, review, "angela.whitaker", Said.CONFIRM, angelas)
    answer(approval_database, review, "loretta", Said.CONFIRM, angelas, berts)
    with pytest.raises(ReviewClosedError):
        answer(approval_database, review, "loretta", Said.REMOVE, angelas)


@pytest.mark.parametrize("reason", [None, "", "x" * 1001])
def test_a_removal_wants_a_reason_that_can_be_read(approval_database: Database, reason: str | None) -> None:
    angelas, _ = alabama(approval_database, "loretta")
    review = opened(approval_database)
    with pytest.raises(UnusableChoiceError):
        answer(approval_database, review, "loretta", Said.REMOVE, angelas, reason=reason)


def test_officials_are_reminded_before_the_end_and_silence_keeps_by_default(approval_database: Database) -> None:
    angelas, berts = alabama(approval_database, "loretta", "wesley")
    review = opened(approval_database)
    answer(approval_database, review, "loretta", Said.CONFIRM, angelas)
    run(approval_database, START, 32)
    first, second, third = told(approval_database)
    assert [first.number, second.number, third.number] == [0, 1, 2]
    # 20 business days with Juneteenth between them; reminders 5 and 1 business days before.
    assert first.ends_at == datetime(2026, 7, 1, 15, 0, tzinfo=UTC)
    assert second.told_at == datetime(2026, 6, 24, 15, 0, tzinfo=UTC)
    assert third.told_at == datetime(2026, 6, 30, 15, 0, tzinfo=UTC)
    assert {(each.official.user_id, each.left, each.would_end) for each in second.reviewers} == {
        ("loretta", 1, 0),
        ("wesley", 1, 0),
    }
    (summary,) = closed(approval_database)
    assert summary.closed_at == first.ends_at
    assert (summary.confirmed, summary.kept_unanswered, summary.removed_unanswered) == (1, 1, 0)
    assert ordered(approval_database) == []
    assert answers(approval_database)[berts] is Answer.KEPT


def test_silence_removes_where_the_policy_says_so(approval_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    silence(monkeypatch, "remove")
    angelas, berts = alabama(approval_database, "loretta")
    review = opened(approval_database)
    assert told(approval_database)[0].reviewers[0].would_end == 2
    answer(approval_database, review, "loretta", Said.CONFIRM, angelas)
    run(approval_database, START, 32)
    (order,) = ordered(approval_database)
    assert (order.grant_id, order.because, order.ordered_by) == (berts, EndedBecause.REVIEW, None)
    assert order.not_before is not None, "time did it, so mail keeps to its hours"
    assert closed(approval_database)[0].removed_unanswered == 1


def test_silence_keeps_a_role_of_which_nobody_could_be_asked(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence(monkeypatch, "remove")
    lorettas, angelas = granted(
        approval_database, grant(person("loretta"), SO_ROLE, ALABAMA), grant(ANGELA, ROLE, ALABAMA)
    )
    opened(approval_database)  # nobody but Loretta stands for anything
    run(approval_database, START, 32)
    assert answers(approval_database) == {lorettas: Answer.KEPT, angelas: Answer.ENDED}


def test_a_role_that_ended_meanwhile_is_nobodys_work(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "state", "AL", "loretta")
    one, other = grant(ANGELA, ROLE, ALABAMA), grant(BERT, ROLE, ALABAMA)
    granted(approval_database, one, other)
    review = opened(approval_database)
    with approval_database.transaction() as session:
        follow_removal(session, removal(one), LIFETIME, START)
    done = answer(approval_database, review, "loretta", Said.CONFIRM, one.grant_id, other.grant_id)
    assert done == {one.grant_id: "The role has ended meanwhile", other.grant_id: None}
    (summary,) = closed(approval_database)
    assert (summary.confirmed, summary.gone) == (1, 1)


def test_whoever_is_no_official_any_more_gets_no_more_mail(approval_database: Database) -> None:
    alabama(approval_database, "loretta", "wesley")
    opened(approval_database)
    with approval_database.transaction() as session:
        session.scalars(select(OfficialRow).where(OfficialRow.user_id == "wesley")).one().active = False
    run(approval_database, START, 32)
    _, *reminders = told(approval_database)
    assert all([each.official.user_id for each in message.reviewers] == ["loretta"] for message in reminders)
    assert [each.user_id for each in closed(approval_database)[0].officials] == ["loretta"]


def test_days_without_a_beat_lead_to_one_mail(approval_database: Database) -> None:
    alabama(approval_database, "loretta")
    opened(approval_database)
    tick(approval_database, datetime(2026, 6, 29, 16, 0, tzinfo=UTC))
    assert [message.number for message in told(approval_database)] == [0, 1]
    tick(approval_database, datetime(2026, 7, 29, 16, 0, tzinfo=UTC))
    assert len(told(approval_database)) == 2
    assert len(closed(approval_database)) == 1


def test_national_roles_are_the_business_of_cms(approval_database: Database) -> None:
    with approval_database.transaction() as session:
        official(session, "cms", "cms", "margaret")
    (role,) = granted(approval_database, grant(ANGELA, "cms-general-user"))
    cms = AuthorityId(kind="cms", id="cms")
    review = opened(approval_database, authority=cms)
    (message,) = told(approval_database)
    assert message.organization is None
    assert message.authority.name == "CMS Security Officials"
    assert answer(approval_database, review, "margaret", Said.CONFIRM) == {role: None}


def test_a_second_review_is_not_opened_while_one_is_under_way(approval_database: Database) -> None:
    alabama(approval_database, "loretta")
    opened(approval_database)
    with approval_database.transaction() as session:
        assert open_review(session, AL, START + timedelta(days=1)) is None


def test_a_provider_has_a_review_of_its_own(approval_database: Database) -> None:
    alabama(approval_database, "loretta")
    maumee = Organization(kind="provider", id="365001", name="Maumee Care Center", time_zone="America/New_York")
    with approval_database.transaction() as session:
        official(session, "provider", "365001", "polly")
    (role,) = granted(approval_database, grant(ANGELA, "assessment-submitter", maumee))
    review = opened(approval_database, authority=AuthorityId(kind="provider", id="365001"))
    assert set(answers(approval_database)) == {role}
    with approval_database.reading() as session:
        found = session.get_one(ReviewRow, review)
        assert [each.id for each, _ in review_queries.reviews_for(session, "polly")] == [found.id]
        assert review_queries.reviews_for(session, "loretta") == []


# ── Who may review changes while a review is under way ──────────────────────────────────────────────


def leaves(database: Database, user_id: str, now: datetime) -> None:
    with database.transaction() as session:
        remove_official(session, AL, user_id, LIFETIME, now)


def names(message: ReviewDue) -> set[str]:
    return {each.official.user_id for each in message.reviewers}


def test_when_the_only_official_leaves_the_next_authority_is_asked_at_once_and_once(
    approval_database: Database,
) -> None:
    alabama(approval_database, "loretta")
    with approval_database.transaction() as session:
        official(session, "cms", "cms", "margaret")
    opened(approval_database)
    leaves(approval_database, "loretta", START + timedelta(days=1))
    run(approval_database, START + timedelta(days=1), 2)
    first, second = told(approval_database)
    assert (names(first), names(second)) == ({"loretta"}, {"margaret"})
    assert (second.number, second.told_at) == (0, START + timedelta(days=1))
    run(approval_database, START + timedelta(days=3), 29)
    assert [message.number for message in told(approval_database)[2:]] == [1, 2], "reminders come when they would have"


def test_a_new_official_and_a_substitute_are_told_of_what_waits_and_the_others_not_again(
    approval_database: Database,
) -> None:
    alabama(approval_database, "loretta")
    opened(approval_database)
    granted(approval_database, grant(person("wesley"), SO_ROLE, ALABAMA))
    tick(approval_database, START + timedelta(hours=1))
    with approval_database.transaction() as session:
        margaret = official(session, "cms", "cms", "margaret")
        wanted = Wanted(first_day=START.date(), last_day=START.date() + timedelta(days=9), substitute=margaret.user_id)
        enter_absence(session, "loretta", wanted, LIFETIME, START + timedelta(hours=2))
    tick(approval_database, START + timedelta(hours=3))
    tick(approval_database, START + timedelta(hours=4))
    assert [names(message) for message in told(approval_database)] == [{"loretta"}, {"wesley"}, {"margaret"}]


def test_whoever_of_cms_is_new_is_told_where_cms_was_asked_and_nowhere_else(approval_database: Database) -> None:
    alabama(approval_database, "loretta")
    with approval_database.transaction() as session:
        official(session, "cms", "cms", "margaret")
        official(session, "state", "AK", "nanook")
    alaska = replace(ALABAMA, id="AK", name="Alaska")
    granted(approval_database, grant(person("nanook"), ROLE, alaska))
    ours, alaskas = opened(approval_database), opened(approval_database, authority=AuthorityId(kind="state", id="AK"))
    granted(approval_database, grant(person("cora"), "cms-security-official", None))
    tick(approval_database, START + timedelta(hours=1))
    assert [(message.review_id, names(message)) for message in told(approval_database)] == [
        (ours, {"loretta"}),
        (alaskas, {"margaret"}),
        (alaskas, {"cora"}),
    ]


def test_silence_ends_nothing_of_which_nobody_was_asked_who_could_answer(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence(monkeypatch, "remove")
    angelas, berts = alabama(approval_database, "loretta")
    with approval_database.transaction() as session:
        official(session, "cms", "cms", "margaret")
    opened(approval_database)
    run(approval_database, START, 28.9)  # the last reminder was given; the review ends on the day after
    end = told(approval_database)[0].ends_at
    leaves(approval_database, "loretta", end - timedelta(minutes=1))
    tick(approval_database, end)
    assert answers(approval_database) == {angelas: Answer.KEPT, berts: Answer.KEPT}
