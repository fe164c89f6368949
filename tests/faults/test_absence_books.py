"""The books of absences: who goes is told, is asked no more, and whoever acts for them does so in both names."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from deploy.faults.absences import make_absences
from deploy.faults.books import Evidence, check
from deploy.faults.findings import Fault, Findings
from deploy.faults.officials import SECOND_OFFICIALS
from deploy.faults.people import people_for
from deploy.faults.records import Leave, Seen
from deploy.faults.report import Result, figures
from deploy.faults.script import Away
from deploy.faults.snapshot import AbsenceRow, AskingRow, MessageRow, NoticeRow
from tests.faults.bookkeeping import (
    ANN,
    APPROVAL,
    CORRELATION,
    JOHN,
    MARIA,
    NOON,
    NOTICES,
    in_order,
    mail,
    notice,
    with_rows,
)

ABSENCE = uuid4()
HOUR = timedelta(hours=1)
BEGUN = (
    notice("absence_begun", ANN, None, correlation_id=ABSENCE),
    notice("acting_for", JOHN, None, correlation_id=ABSENCE),
)
WITHOUT_ANN = [each for each in NOTICES if each.recipient_id != ANN.user_id]


def absence(**changes: Any) -> AbsenceRow:
    return replace(AbsenceRow(ABSENCE, ANN.user_id, JOHN.user_id, begun_at=NOON - HOUR, over_at=None), **changes)


def of_the_absence() -> MessageRow:
    who = {"official": {"email": ANN.email}, "substitute": {"email": JOHN.email}}
    return MessageRow(uuid4(), "AbsenceBegun", ABSENCE, {"absence_id": str(ABSENCE)} | who)


def away() -> Evidence:
    """Ann is absent before Maria asks, and John approves for both; as everybody remembers it."""
    evidence = in_order()
    told = [*WITHOUT_ANN, *BEGUN]
    asked = replace(evidence.snapshot.asked[0], data=evidence.snapshot.asked[0].data | {"newly_asked": [JOHN.user_id]})
    evidence = with_rows(
        evidence,
        absences=[absence()],
        absent=[of_the_absence()],
        asked=[asked],
        approvals=[replace(each, decided_for=(ANN.user_id,)) for each in evidence.snapshot.approvals],
        askings=[replace(asking_of(evidence, JOHN.user_id), acts_for=(ANN.user_id,))],
        notices=told,
    )
    leave = Leave(Away(ANN, JOHN, 0.0, None), seen=Seen.ACCEPTED)
    return replace(evidence, mails=[mail(each) for each in told], leaves=[leave])


def asking_of(evidence: Evidence, user_id: str) -> AskingRow:
    return next(each for each in evidence.snapshot.askings if each.user_id == user_id)


def faults(evidence: Evidence) -> set[Fault]:
    return {each.fault for each in check(evidence).differences}


def changed(what: str, **changes: Any) -> Callable[[], Evidence]:
    """Returns what makes the evidence with other values in each row of that kind."""

    def make() -> Evidence:
        rows = [replace(each, **changes) for each in getattr(away().snapshot, what)]
        return with_rows(away(), **{what: rows})

    return make


def left(**changes: Any) -> Evidence:
    evidence = away()
    return replace(evidence, leaves=[replace(each, **changes) for each in evidence.leaves])


def test_an_absence_is_in_order() -> None:
    found = check(away())
    assert found.differences == []
    assert found.decided_for_others == 1


@pytest.mark.parametrize("lost", BEGUN, ids=lambda lost: lost.template)
def test_a_mail_of_it_that_never_came_is_missing(lost: NoticeRow) -> None:
    evidence = away()
    kept = [each for each in evidence.mails if each.message_id != lost.mail_id]
    assert faults(replace(evidence, mails=kept)) == {Fault.MAIL_MISSING}


@pytest.mark.parametrize("waiting", BEGUN, ids=lambda waiting: waiting.template)
def test_a_mail_that_waits_for_the_mail_hours_is_not_missing(waiting: NoticeRow) -> None:
    evidence = away()
    notices = [replace(each, waits=True) if each == waiting else each for each in evidence.snapshot.notices]
    kept = [each for each in evidence.mails if each.message_id != waiting.mail_id]
    assert faults(replace(with_rows(evidence, notices=notices), mails=kept)) == set()


def test_a_mail_of_it_that_came_twice_is_found() -> None:
    evidence = away()
    again = notice("acting_for", JOHN, None, correlation_id=ABSENCE, mail_id="<again@hcqis.example>")
    evidence = with_rows(evidence, notices=[*evidence.snapshot.notices, again])
    assert faults(replace(evidence, mails=[*evidence.mails, mail(again)])) == {Fault.MAIL_NOT_OWED}


@pytest.mark.parametrize("times", [0, 2])
def test_an_absence_that_was_accepted_and_is_not_kept_once_is_found(times: int) -> None:
    rows = [absence(id=uuid4()) for _ in range(times)]
    said = [each.what for each in check(with_rows(away(), absences=rows)).differences]
    assert f"{ANN.user_id}: accepted, and it is {times} times in the books" in said


def still_open(**changes: Any) -> Evidence:
    """Nobody has decided yet, and John is asked in both names."""
    evidence = changed("approvals", state="asked", decided_by=None, decided_for=())()
    asking = replace(asking_of(away(), JOHN.user_id), **({"ended_at": None} | changes))
    return with_rows(evidence, askings=[asking])


def test_whoever_still_acts_is_asked_in_both_names() -> None:
    assert not faults(still_open()) & {Fault.ABSENCE_DIFFERS, Fault.ASKED_WHILE_ABSENT, Fault.NOT_ASKED}
    assert Fault.ABSENCE_DIFFERS in faults(still_open(acts_for=()))
    assert Fault.ASKED_WHILE_ABSENT in faults(still_open(user_id=ANN.user_id, asked_at=NOON - 2 * HOUR))


def test_an_absence_that_nobody_entered_is_found() -> None:
    assert faults(replace(away(), leaves=[])) == {Fault.ABSENCE_DIFFERS}


def test_an_absence_of_which_two_messages_tell_is_found() -> None:
    assert Fault.ABSENCE_DIFFERS in faults(with_rows(away(), absent=[of_the_absence(), of_the_absence()]))


def test_an_absence_that_was_cancelled_and_goes_on_is_found() -> None:
    assert faults(left(back=Seen.ACCEPTED)) == {Fault.ABSENCE_DIFFERS}


def test_an_absence_that_ended_by_nobodys_wish_is_found() -> None:
    assert faults(changed("absences", over_at=NOON + HOUR)()) == {Fault.ABSENCE_DIFFERS}


def test_who_is_asked_while_absent_is_found() -> None:
    evidence = away()
    asking = replace(asking_of(in_order(), ANN.user_id), asked_at=NOON)
    assert Fault.ASKED_WHILE_ABSENT in faults(with_rows(evidence, askings=[*evidence.snapshot.askings, asking]))


def test_who_decides_while_absent_is_found() -> None:
    rows = [absence(user_id=JOHN.user_id, substitute=ANN.user_id)]
    assert Fault.ASKED_WHILE_ABSENT in faults(with_rows(away(), absences=rows))


def test_who_was_there_and_was_not_asked_is_found() -> None:
    assert Fault.NOT_ASKED in faults(changed("absences", begun_at=NOON + timedelta(minutes=1))())


def test_a_decision_in_one_name_alone_is_found() -> None:
    assert faults(changed("approvals", decided_for=())()) == {Fault.ABSENCE_DIFFERS}


def test_a_decision_for_somebody_who_is_there_is_found() -> None:
    evidence = with_rows(away(), absences=[], absent=[])
    assert Fault.ABSENCE_DIFFERS in faults(replace(evidence, leaves=[]))


def test_a_decision_on_oneself_is_found() -> None:
    assert Fault.OWN_REQUEST in faults(changed("approvals", decided_by=MARIA.user_id)())
    assert Fault.OWN_REQUEST in faults(changed("approvals", decided_for=(MARIA.user_id,))())


def test_whoever_is_asked_about_themselves_is_found() -> None:
    assert Fault.OWN_REQUEST in faults(changed("askings", acts_for=(MARIA.user_id,))())


def test_what_a_digest_told_needs_no_mail_of_its_own_and_the_digest_must_come() -> None:
    digest = uuid4()
    listed = notice("digest", JOHN, None, correlation_id=digest)
    told = {"digest_id": str(digest), "official": {"email": JOHN.email}, "entries": [{"approval_id": str(APPROVAL)}]}
    evidence = away()
    asked = replace(evidence.snapshot.asked[0], data=evidence.snapshot.asked[0].data | {"by_digest": [JOHN.user_id]})
    notices = [*(each for each in evidence.snapshot.notices if each.template != "decision_wanted"), listed]
    rows = [MessageRow(uuid4(), "DigestDue", CORRELATION, told)]
    evidence = with_rows(evidence, asked=[asked], digests=rows, notices=notices)
    assert faults(replace(evidence, mails=[mail(each) for each in notices])) == set()
    without = [mail(each) for each in notices if each is not listed]
    assert faults(replace(evidence, mails=without)) == {Fault.MAIL_MISSING}


def test_nobody_who_acts_goes_away_and_nobody_whose_address_is_refused() -> None:
    people = people_for(500)
    for seed in range(5):
        absences = make_absences(people, seed, 360)
        concerned = [who for each in absences for who in (each.person, each.substitute)]
        assert len(concerned) == len(set(concerned)) > 4
        assert not {each.person.email for each in absences} & set(SECOND_OFFICIALS)
        assert absences == make_absences(people, seed, 360)
        assert {each.back_at_seconds is None for each in absences} == {True, False}


def test_the_figures_tell_of_absences() -> None:
    found = figures(Result(7, 60.0, [], {}, [], [], 0, Findings(decided_for_others=3), leaves=away().leaves))
    wanted = {"absences": 1, "absences_cancelled": 0, "absences_refused": 0, "decisions_for_the_absent": 3}
    assert wanted.items() <= found.items()
