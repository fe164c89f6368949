"""While a question waits the clock rests; without an answer it goes on, and each thing happens once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from approval_svc import reference
from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.domain.questions import QuestionState
from approval_svc.tables import QuestionRow
from approval_svc.use_cases.follow_questions import follow_questions
from shared.contracts import (
    AnswerAwaited,
    ApprovalExpired,
    DeadlinesPlanned,
    InformationReceived,
    QuestionLapsed,
    ReminderDue,
)
from shared.db import Database
from tests.approval_svc.asking import (
    ASKED,
    DAY,
    HOUR,
    SECOND,
    answer,
    ask,
    expires,
    follow,
    follow_in_time,
    lapses,
    loretta_of,
    the_question,
    waiting,
)
from tests.approval_svc.factories import LIFETIME, published
from tests.approval_svc.waiting import due, run_in_time, the_approval, tick
from tests.audit import entries


def test_nothing_becomes_due_while_the_question_waits(approval_database: Database) -> None:
    waiting(approval_database)
    ask(approval_database, ASKED)
    run_in_time(approval_database, ASKED + 60 * DAY)
    with approval_database.reading() as session:
        assert published(session, ReminderDue) == []
        assert published(session, ApprovalExpired) == []
        assert published(session, DeadlinesPlanned)[-1].expires_at is None


def test_the_answer_lets_the_clock_go_on_where_it_stood(approval_database: Database) -> None:
    waiting(approval_database)
    before = due(approval_database, DeadlineKind.EXPIRY)
    question_id = ask(approval_database, ASKED)
    answer(approval_database, question_id, ASKED + 7 * DAY)  # five business days
    later = before + 8 * DAY  # another five, over Independence Day
    assert due(approval_database, DeadlineKind.EXPIRY) == later
    with approval_database.reading() as session:
        assert the_question(session).state is QuestionState.ANSWERED
        assert published(session, DeadlinesPlanned)[-1].expires_at == later


def test_silence_is_answered_by_two_reminders_and_then_the_clock_goes_on(approval_database: Database) -> None:
    waiting(approval_database)
    before = due(approval_database, DeadlineKind.EXPIRY)
    ask(approval_database, ASKED)
    end = lapses(approval_database)
    follow_in_time(approval_database, end - SECOND)
    with approval_database.reading() as session:
        assert [each.number for each in published(session, AnswerAwaited)] == [1, 2]
        assert published(session, QuestionLapsed) == []
    assert expires(approval_database) is None
    follow_in_time(approval_database, end)
    with approval_database.reading() as session:
        (lapsed,) = published(session, QuestionLapsed)
        assert lapsed.told == (loretta_of(approval_database).id,)
        assert lapsed.expires_at == due(approval_database, DeadlineKind.EXPIRY)
        assert (the_question(session).state, the_question(session).next_at) == (QuestionState.LAPSED, None)
    after = expires(approval_database)
    assert after is not None
    assert after > before + 13 * DAY


def test_each_thing_happens_once_however_many_beats_run_and_late_ones_together_once(
    approval_database: Database,
) -> None:
    waiting(approval_database)
    ask(approval_database, ASKED)
    assert follow(approval_database, ASKED + 8 * DAY) == 1  # both reminders are due
    assert follow(approval_database, ASKED + 8 * DAY) == 0
    with approval_database.reading() as session:
        assert [each.number for each in published(session, AnswerAwaited)] == [2]
    follow(approval_database, ASKED + 60 * DAY)
    follow(approval_database, ASKED + 61 * DAY)
    with approval_database.reading() as session:
        assert len(published(session, QuestionLapsed)) == 1
    assert len(entries(approval_database, "approval.question_lapsed")) == 1


def test_an_answer_after_the_clock_went_on_is_still_taken(approval_database: Database) -> None:
    waiting(approval_database)
    question_id = ask(approval_database, ASKED)
    end = lapses(approval_database)
    follow_in_time(approval_database, end)
    before = due(approval_database, DeadlineKind.EXPIRY)
    answer(approval_database, question_id, end + HOUR)
    assert due(approval_database, DeadlineKind.EXPIRY) == before
    with approval_database.reading() as session:
        assert len(published(session, InformationReceived)) == 1


def test_a_question_that_lapsed_makes_way_for_the_next(approval_database: Database) -> None:
    waiting(approval_database)
    first = ask(approval_database, ASKED)
    end = lapses(approval_database)
    follow_in_time(approval_database, end)
    ask(approval_database, end + HOUR, text="Then by telephone?")
    assert expires(approval_database) is None
    with approval_database.reading() as session:
        assert session.get_one(QuestionRow, first).state is QuestionState.REPLACED
    answer(approval_database, first, end + DAY)
    with approval_database.reading() as session:
        assert published(session, InformationReceived) == []
        assert the_approval(session).resting_since is not None  # for the second question


def test_one_request_that_cannot_be_followed_does_not_hold_up_the_others(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(approval_database)
    ask(approval_database, ASKED)
    end = lapses(approval_database)

    def fail(*_args: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("approval_svc.use_cases.follow_questions._act", fail)
        assert follow(approval_database, end) == 1
        assert follow(approval_database, end) == 0
    assert follow(approval_database, end + timedelta(minutes=15)) == 1
    with approval_database.reading() as session:
        assert len(published(session, QuestionLapsed)) == 1


def test_more_patience_without_reminders_still_ends(
    approval_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(approval_database)
    ask(approval_database, ASKED)
    end = lapses(approval_database)
    follow_in_time(approval_database, end - SECOND)
    policy = reference.deadline_policy
    longer: dict[str, Any] = {"reminders": (), "question_ends": 12}
    monkeypatch.setattr(reference, "deadline_policy", lambda *what: replace(policy(*what), **longer))
    follow(approval_database, end)
    with approval_database.reading() as session:
        assert published(session, QuestionLapsed) == []
    follow_in_time(approval_database, end + 7 * DAY)
    with approval_database.reading() as session:
        assert len(published(session, QuestionLapsed)) == 1


def test_what_one_beat_follows_another_leaves_alone(approval_database: Database) -> None:
    waiting(approval_database)
    ask(approval_database, ASKED)
    with approval_database.transaction() as one, approval_database.transaction() as other:
        now = ASKED + 8 * DAY
        assert [follow_questions(each, LIFETIME, now) for each in (one, other)] == [1, 0]
    with approval_database.reading() as session:
        assert len(published(session, AnswerAwaited)) == 1


def test_an_expiry_that_was_put_off_to_be_announced_is_not_brought_forward_by_an_answer(
    approval_database: Database,
) -> None:
    waiting(approval_database)
    planned = due(approval_database, DeadlineKind.EXPIRY)
    run_in_time(approval_database, due(approval_database, DeadlineKind.EXPIRY_NOTICE, 2) - SECOND)
    back = planned + 3 * HOUR  # nothing ticked meanwhile, so that the last notice is late
    tick(approval_database, back)
    announced = due(approval_database, DeadlineKind.EXPIRY)
    assert announced > planned + DAY
    question_id = ask(approval_database, back + HOUR)
    answer(approval_database, question_id, back + 2 * HOUR)
    assert due(approval_database, DeadlineKind.EXPIRY) == announced + HOUR
    again = ask(approval_database, back + 3 * HOUR)
    answer(approval_database, again, back + 4 * HOUR)
    assert due(approval_database, DeadlineKind.EXPIRY) == announced + 2 * HOUR
    tick(approval_database, back + 4 * HOUR)
    with approval_database.reading() as session:
        assert published(session, ApprovalExpired) == []


def test_what_the_night_held_back_when_the_clock_stopped_is_due_with_the_answer(approval_database: Database) -> None:
    waiting(approval_database)  # on a holiday: days are counted from the midnight after it
    morning = due(approval_database, DeadlineKind.REMINDER)
    question_id = ask(approval_database, morning - HOUR)
    answer(approval_database, question_id, morning + 2 * HOUR)
    assert due(approval_database, DeadlineKind.REMINDER) < morning + 2 * HOUR
    tick(approval_database, morning + 2 * HOUR)
    tick(approval_database, morning + 3 * HOUR)
    with approval_database.reading() as session:
        assert [each.reminded_at for each in published(session, ReminderDue)] == [morning + 2 * HOUR]


def test_an_answer_on_the_last_morning_leaves_a_day_to_decide(approval_database: Database) -> None:
    waiting(approval_database)
    last = due(approval_database, DeadlineKind.EXPIRY)
    run_in_time(approval_database, last - SECOND)
    question_id = ask(approval_database, last - HOUR)
    answer(approval_database, question_id, last + 2 * HOUR)
    tick(approval_database, last + 2 * HOUR)
    assert due(approval_database, DeadlineKind.EXPIRY) == expires(approval_database) == last + DAY + 2 * HOUR
    with approval_database.reading() as session:
        assert published(session, ApprovalExpired) == []
    tick(approval_database, last + DAY + 2 * HOUR)
    with approval_database.reading() as session:
        assert len(published(session, ApprovalExpired)) == 1
