"""The books of what people say to each other: questions, answers, and what is handed over."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from deploy.faults.books import Evidence, check
from deploy.faults.findings import Fault
from deploy.faults.records import Deed, DeedKind, Seen
from deploy.faults.snapshot import MessageRow, QuestionRow
from tests.faults.bookkeeping import (
    ANN,
    APPROVAL,
    CORRELATION,
    JOHN,
    MARIA,
    NOTICES,
    PART,
    in_order,
    mail,
    notice,
    with_rows,
)

OFFICIALS = [{"official_id": one.user_id, "email": one.email} for one in (JOHN, ANN)]
TALKED = (notice("question", MARIA), notice("answer", JOHN), notice("handed_over", ANN))


def message(kind: str, **data: Any) -> MessageRow:
    common = {"approval_id": str(APPROVAL), "requester": {"email": MARIA.email}, "officials": OFFICIALS}
    return MessageRow(uuid4(), kind, CORRELATION, common | data)


def talked() -> Evidence:
    """John asked Maria, who answered, and handed her request over to Ann; as everybody remembers it."""
    evidence = with_rows(
        in_order(),
        questions=[QuestionRow(APPROVAL, "Where do you work?", "In Building 2.")],
        told=[
            message("InformationAsked"),
            message("InformationReceived", told=[JOHN.user_id]),
            message("ApprovalHandedOver", handed_to=ANN.user_id),
        ],
        notices=(*NOTICES, *TALKED),
    )
    record = evidence.records[0]
    record.deeds = [Deed(kind, PART, Seen.ACCEPTED) for kind in DeedKind]
    return replace(evidence, mails=[mail(each) for each in (*NOTICES, *TALKED)])


def faults(evidence: Evidence) -> set[Fault]:
    return {each.fault for each in check(evidence).differences}


def test_what_was_said_is_in_order() -> None:
    assert faults(talked()) == set()


@pytest.mark.parametrize("lost", TALKED, ids=lambda lost: lost.template)
def test_a_mail_that_never_came_is_missing(lost: Any) -> None:
    evidence = talked()
    left = [each for each in evidence.mails if each.message_id != lost.mail_id]
    assert faults(replace(evidence, mails=left)) == {Fault.MAIL_MISSING}


def test_a_question_that_was_accepted_and_is_nowhere_is_found() -> None:
    evidence = talked()
    assert Fault.TALK_DIFFERS in faults(with_rows(evidence, questions=[]))


def test_an_answer_that_was_accepted_and_is_not_kept_is_found() -> None:
    evidence = talked()
    unanswered = [replace(each, answer=None) for each in evidence.snapshot.questions]
    assert faults(with_rows(evidence, questions=unanswered)) == {Fault.TALK_DIFFERS}


def test_what_was_handed_over_twice_is_found() -> None:
    evidence = talked()
    again = [*evidence.snapshot.told, message("ApprovalHandedOver", handed_to=ANN.user_id)]
    assert Fault.TALK_DIFFERS in faults(with_rows(evidence, told=again))


def test_a_mail_that_nobody_owed_is_found() -> None:
    evidence = talked()
    assert Fault.MAIL_NOT_OWED in faults(with_rows(evidence, told=[]))
