"""The requester's mail server refuses a question for good: who asked is told, and the clock does not rest for it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from approval_svc.domain.deadline_plan import DeadlineKind
from approval_svc.domain.questions import QuestionState
from approval_svc.tables import OfficialRow
from approval_svc.use_cases.mark_unreachable import mark_unreachable
from shared.contracts import InformationReceived, NoticeFailed, QuestionLapsed
from shared.db import Database
from tests.approval_svc.asking import (
    ASKED,
    DAY,
    HOUR,
    SECOND,
    answer,
    ask,
    follow_in_time,
    lapses,
    loretta_of,
    the_question,
    waiting,
)
from tests.approval_svc.browser import World
from tests.approval_svc.factories import ANGELA, LIFETIME, general_user, published, returned_mail
from tests.approval_svc.waiting import due, the_approval
from tests.audit import entries
from tests.pages import words

REFUSED = ASKED + DAY


def refuse(database: Database, at: datetime = REFUSED, **differently: Any) -> None:
    """The requester's mail server refuses mail of the question, which was written a second after it was asked."""
    with database.transaction() as session:
        values: dict[str, Any] = {"template": "question", "failed_at": at, "written_at": ASKED + SECOND}
        returned: NoticeFailed = replace(returned_mail(the_approval(session), ANGELA.user_id), **values | differently)
        mark_unreachable(session, returned, LIFETIME, at)


def lapsed(database: Database) -> list[QuestionLapsed]:
    with database.reading() as session:
        return published(session, QuestionLapsed)


@pytest.mark.parametrize("template", ["question", "question_reminder"])
def test_who_asked_is_told_and_the_clock_goes_on(approval_database: Database, template: str) -> None:
    waiting(approval_database)
    before = due(approval_database, DeadlineKind.EXPIRY)
    ask(approval_database, ASKED)
    refuse(approval_database, template=template)
    (told,) = lapsed(approval_database)
    assert (told.told, told.refused) == ((loretta_of(approval_database).id,), True)
    assert due(approval_database, DeadlineKind.EXPIRY) == before + DAY
    with approval_database.reading() as session:
        question = the_question(session)
        assert (question.state, question.next_at) == (QuestionState.LAPSED, None)
    (entry,) = entries(approval_database, "approval.question_lapsed")
    assert entry.after["refused"] is True


def test_it_is_told_once_and_nothing_follows_when_its_time_is_over(approval_database: Database) -> None:
    waiting(approval_database)
    ask(approval_database, ASKED)
    end = lapses(approval_database)
    refuse(approval_database)
    refuse(approval_database, template="question_reminder")
    follow_in_time(approval_database, end + DAY)
    assert len(lapsed(approval_database)) == 1


def test_who_finds_it_on_my_profile_can_still_answer(approval_database: Database) -> None:
    waiting(approval_database)
    question_id = ask(approval_database, ASKED)
    refuse(approval_database)
    answer(approval_database, question_id, REFUSED + HOUR)
    with approval_database.reading() as session:
        assert len(published(session, InformationReceived)) == 1


OTHERS: dict[str, dict[str, Any]] = {
    "tries that ran out say nothing of the address": {"permanent": False},
    "another mail": {"template": "request_received"},
    "mail of an earlier question": {"written_at": ASKED - SECOND},
}


@pytest.mark.parametrize("differently", OTHERS.values(), ids=OTHERS)
def test_of_anything_else_the_question_goes_on_waiting(
    approval_database: Database, differently: dict[str, Any]
) -> None:
    waiting(approval_database)
    ask(approval_database, ASKED)
    refuse(approval_database, **differently)
    assert lapsed(approval_database) == []
    with approval_database.reading() as session:
        assert the_question(session).state is QuestionState.WAITING


def test_the_decision_page_says_that_it_did_not_arrive_and_how_to_reach_the_person(
    world: World, loretta: OfficialRow
) -> None:
    approval = world.routed(general_user())
    ask(world.database, world.now)
    refuse(world.database, world.now, written_at=world.now)
    page = words(world.browser.get(world.link(approval.id, loretta.id)))
    assert "The question did not reach Angela Whitaker: mail to their address is refused." in page
    assert "You can call 202-555-0139." in page
    assert "Send the question" in page  # another one may be asked
    assert "The question did not reach the requester" in page  # the audit trail
