"""A question to the requester by mail: what it says, what it stops, and what the answer stops."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from notify_svc.domain.notices import State
from notify_svc.use_cases.ask_officials import OWN_REQUEST, TOO_LATE
from notify_svc.use_cases.tell_approval_closed import OVERTAKEN
from notify_svc.use_cases.tell_questions import ANSWERED, RESTS
from shared.contracts import (
    AnswerAwaited,
    ApprovalRequested,
    ClosedBecause,
    Correctable,
    Correction,
    InformationAsked,
    InformationProvided,
    InformationReceived,
    Official,
    QuestionLapsed,
)
from shared.ids import new_id
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import MARIA, NOW, approval_closed, approval_requested, official
from tests.notify_svc.mailbox import Mood
from tests.notify_svc.test_waiting import notice, reminder, subjects, told

JOHN, ANN = official("John Smith"), official("Ann Brown")
QUESTION = "Which surveys?\n<b>And</b> for whom?"
NIGHT = NOW + timedelta(hours=12)


def about(asked: ApprovalRequested, **more: Any) -> dict[str, Any]:
    return {
        "question_id": new_id(),
        "approval_id": asked.approval_id,
        "request_id": asked.request_id,
        "requester": asked.requester,
        "role_name": asked.role_name,
        "organization": asked.organization,
        "authority": asked.authority,
        "asked_by": JOHN,
        "question": QUESTION,
        "fields": (Correctable.EMPLOYEE_ID,),
        "asked_at": NOW,
        "clock_goes_on": NOW + timedelta(days=14),
    } | more


def question(asked: ApprovalRequested, **more: Any) -> InformationAsked:
    return InformationAsked(**about(asked, **more))


def awaited(of: InformationAsked, **more: Any) -> AnswerAwaited:
    return AnswerAwaited(**vars(of) | {"number": 1, "reminded_at": NOW, "not_before": NOW} | more)


def provided(of: InformationAsked) -> InformationProvided:
    return InformationProvided(
        question_id=of.question_id,
        approval_id=of.approval_id,
        request_id=of.request_id,
        answer="Nursing homes.",
        corrections=(),
        answered_at=NOW,
    )


def received(asked: ApprovalRequested, to: Official, **more: Any) -> InformationReceived:
    values = {
        "told": (to.official_id,),
        "question": QUESTION,
        "answer": "Nursing homes.",
        "corrections": (
            Correction(field=Correctable.EMPLOYEE_ID, before=None, after="B 22"),
            Correction(field=Correctable.SURVEYOR, before="yes", after="no"),
        ),
        "answered_at": NOW,
    }
    return told(InformationReceived, asked, **values | more)


def heard_meanwhile(world: World, message: InformationProvided) -> None:
    world.hears(message)


def test_the_requester_reads_who_asks_what_and_by_when_and_where_to_answer(world: World) -> None:
    asked = question(approval_requested(JOHN))
    world.hears_and_works(asked)
    (mail,) = world.mailbox.mails
    assert mail.recipients == [MARIA.email]
    assert str(mail.mail["Subject"]).startswith("John Smith has a question, answer by 12/04/2026: ")
    for part in ("plain", "html"):
        assert f"/my-profile/requests/{asked.request_id}/questions/{asked.question_id}" in mail.part(part)
        assert "12/04/2026 2:05 PM CST" in mail.part(part)
    assert "State Agency Employee ID" in mail.part("plain")
    assert "<b>And</b>" not in mail.part("html")


def test_reminders_wait_for_the_mail_hours(world: World) -> None:
    asked = question(approval_requested(JOHN))
    world.hears(awaited(asked, not_before=NIGHT))
    world.works()
    assert world.mailbox.mails == []
    world.passes(timedelta(hours=12))
    world.works()
    assert subjects(world)[MARIA.email].startswith("Reminder: John Smith waits for your answer, due by 12/04/2026")


def test_nobody_is_urged_by_a_date_that_the_question_has_put_off(world: World) -> None:
    asked = approval_requested(JOHN)
    for message in (reminder(asked, not_before=NIGHT), notice(asked, not_before=NIGHT)):
        world.hears(message)
    world.hears(question(asked))
    world.passes(timedelta(days=1))
    world.works()
    assert list(subjects(world)) == [MARIA.email]
    assert {each.reason for each in world.notices() if each.state is State.SKIPPED} == {RESTS}


def test_the_answer_calls_off_reminders_of_this_question_and_of_no_other(world: World) -> None:
    asked = approval_requested(JOHN)
    first, second = question(asked), question(asked)
    world.hears(awaited(first, not_before=NIGHT))
    world.hears(awaited(second, not_before=NIGHT))
    world.hears(provided(first))
    world.passes(timedelta(days=1))
    world.works()
    assert [(each.state, each.reason) for each in world.notices()] == [(State.SKIPPED, ANSWERED), (State.SENT, None)]


def test_a_reminder_that_the_answer_overtook_is_not_sent(world: World) -> None:
    asked = question(approval_requested(JOHN))
    world.hears(provided(asked))
    world.hears_and_works(awaited(asked))
    assert (world.notice().state, world.notice().reason) == (State.SKIPPED, ANSWERED)


def test_a_reminder_whose_first_try_failed_is_given_up_when_the_answer_comes(world: World) -> None:
    asked = question(approval_requested(JOHN))
    world.mailbox.mood = Mood.BUSY
    world.mailbox.on_mail = partial(heard_meanwhile, world, provided(asked))
    world.hears_and_works(awaited(asked))
    world.mailbox.mood = Mood.TAKES
    assert world.notice().state is State.QUEUED
    world.passes(timedelta(days=1))
    world.works()
    assert (world.notice().state, world.notice().reason) == (State.SKIPPED, ANSWERED)


def test_who_asked_gets_the_answer_and_what_it_changed(world: World) -> None:
    world.hears_and_works(received(approval_requested(JOHN, ANN), JOHN))
    (mail,) = world.mailbox.mails
    assert mail.recipients == [JOHN.email]
    assert str(mail.mail["Subject"]).startswith("Maria Lopez answered, decide by 12/20/2026: ")
    assert "State Agency Employee ID: now B 22, before empty" in mail.part("plain")
    assert "Surveyor: now No, before Yes" in mail.part("plain")
    assert "/decide/" in mail.part("html")
    assert "<b>And</b>" not in mail.part("html")


def test_who_asked_is_told_that_no_answer_came(world: World) -> None:
    values = {"told": (ANN.official_id,), "question": QUESTION, "asked_at": NOW, "lapsed_at": NOW}
    world.hears_and_works(told(QuestionLapsed, approval_requested(JOHN, ANN), **values))
    assert subjects(world)[ANN.email].startswith("No answer from Maria Lopez, decide by 12/20/2026: ")
    assert list(subjects(world)) == [ANN.email]


@pytest.mark.parametrize("phone", ["202-555-0139", None])
def test_who_asked_is_told_that_the_question_was_refused_and_how_to_reach_the_person(
    world: World, phone: str | None
) -> None:
    asked = approval_requested(JOHN, ANN, requester=replace(MARIA, phone=phone))
    values = {"told": (ANN.official_id,), "question": QUESTION, "asked_at": NOW, "lapsed_at": NOW, "refused": True}
    world.hears_and_works(told(QuestionLapsed, asked, **values))
    assert subjects(world)[ANN.email].startswith("Your question did not reach Maria Lopez, decide by 12/20/2026: ")
    for part in ("plain", "html"):
        text = " ".join(world.mailbox.mails[0].part(part).split())
        assert f"mail to {MARIA.email} is refused" in text
        assert ("You can call 202-555-0139." in text) is (phone is not None)


def test_nothing_is_asked_or_told_of_an_approval_that_has_closed(world: World) -> None:
    asked = approval_requested(JOHN)
    waiting = question(asked)
    world.hears(awaited(waiting, not_before=NIGHT))
    world.hears(approval_closed(asked, ClosedBecause.WITHDRAWN))
    for message in (waiting, awaited(waiting), received(asked, JOHN)):
        world.hears(message)
    world.passes(timedelta(days=1))
    world.works()
    assert [each.reason for each in world.notices()] == [OVERTAKEN, TOO_LATE, TOO_LATE, TOO_LATE]
    assert world.mailbox.mails == []


def test_nobody_is_mailed_the_answer_to_decide_on_their_own_request(world: World) -> None:
    own = official("Maria Lopez", user_id=MARIA.user_id)
    world.hears_and_works(received(approval_requested(own), own))
    assert (world.notice().state, world.notice().reason) == (State.SKIPPED, OWN_REQUEST)
