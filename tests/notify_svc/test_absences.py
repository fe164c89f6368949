"""Who is told when an official is absent, and how the mails of a request name both."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from notify_svc.domain.notices import State
from notify_svc.use_cases.tell_absence import OVERTAKEN
from shared.contracts import AbsenceBegun, AbsenceEnded, ClosedBecause, Decision
from shared.messaging.envelope import Envelope
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import (
    NOW,
    approval_closed,
    approval_requested,
    official,
    outcome,
    request_decided,
)

JOHN, ANN, ROSA = official("John Smith"), official("Ann Brown"), official("Rosa Klein")
ANN_FOR_JOHN = replace(ANN, acts_for=("John Smith",))
ABSENCE = UUID(int=7)
NIGHT, MORNING = NOW + timedelta(hours=10), NOW + timedelta(hours=18)


def begun(**differently: Any) -> AbsenceBegun:
    values: dict[str, Any] = {
        "absence_id": ABSENCE,
        "official": JOHN,
        "substitute": ANN,
        "time_zone": "America/Chicago",
        "begins_at": NIGHT,
        "ends_at": NIGHT + timedelta(days=7),
        "waiting": 3,
        "begun_at": NIGHT,
        "not_before": NOW,
    }
    return AbsenceBegun(**values | differently)


def hears(world: World, message: AbsenceBegun | AbsenceEnded) -> None:
    """Takes a message as approval_svc sends it: all about one absence with the id of the absence."""
    world.hears(message, Envelope.around(message, correlation_id=ABSENCE, cause=None, now=world.now))
    world.works()


def subjects(world: World) -> dict[str, str]:
    return {mail.recipients[0]: str(mail.mail["Subject"]) for mail in world.mailbox.mails}


def test_both_are_told_for_whom_and_until_when(world: World) -> None:
    hears(world, begun())
    assert world.states() == {("absence_begun", "JOHN"): State.SENT, ("acting_for", "ANN"): State.SENT}
    until = "11/28/2026 12:04 AM CST"
    assert subjects(world) == {
        JOHN.email: f"Ann Brown acts for you until {until}",
        ANN.email: f"You act for John Smith until {until}",
    }


def test_without_anybody_who_can_act_only_the_absent_is_told_and_that_nobody_does(world: World) -> None:
    hears(world, begun(substitute=None, waiting=0))
    assert world.states() == {("absence_begun", "JOHN"): State.SENT}
    assert subjects(world)[JOHN.email].startswith("Nobody acts for you until")


def test_what_waits_for_the_morning_is_called_off_when_the_absence_is_over(world: World) -> None:
    hears(world, begun(not_before=MORNING))
    hears(world, AbsenceEnded(absence_id=ABSENCE, ended_at=NIGHT))
    world.passes(timedelta(days=1))
    world.works()
    assert {(each.state, each.reason) for each in world.notices()} == {(State.SKIPPED, OVERTAKEN)}
    assert world.mailbox.mails == []


def test_another_substitute_is_told_and_not_the_one_before(world: World) -> None:
    hears(world, begun(not_before=MORNING))
    hears(world, begun(not_before=MORNING, substitute=ROSA))
    world.passes(timedelta(days=1))
    world.works()
    assert sorted(subjects(world)) == sorted([JOHN.email, ROSA.email])


def test_who_is_asked_reads_in_whose_place(world: World) -> None:
    world.hears_and_works(approval_requested(ANN_FOR_JOHN))
    assert "In place of: John Smith, who is absent" in world.mailbox.mails[0].part("plain")
    assert "John Smith, who is absent" in world.mailbox.mails[0].part("html")


def test_who_is_asked_for_themselves_reads_nothing_of_it(world: World) -> None:
    world.hears_and_works(approval_requested(ANN))
    assert "In place of" not in world.mailbox.mails[0].part("plain")


def test_an_approval_that_comes_at_midnight_is_mailed_in_the_morning(world: World) -> None:
    world.hears_and_works(approval_requested(ANN_FOR_JOHN, not_before=MORNING))
    assert world.notice().state is State.QUEUED
    world.passes(timedelta(hours=18))
    world.works()
    assert world.notice().state is State.SENT


def test_the_requester_reads_who_decided_and_in_whose_place(world: World) -> None:
    for decision in Decision:
        acted = outcome(decision, decided_by="Ann Brown", acted_for=("John Smith",))
        world.hears_and_works(request_decided(acted))
    for mail in world.mailbox.mails:
        assert "Decided by: Ann Brown for John Smith" in mail.part("plain")


def test_the_receipt_and_the_others_mails_name_both(world: World) -> None:
    asked = approval_requested(ANN_FOR_JOHN, ROSA)
    world.hears_and_works(asked)
    closed = approval_closed(asked, ClosedBecause.DECIDED, by=ANN)
    world.hears_and_works(replace(closed, acted_for=("John Smith",)))
    told = {(mail.recipients[0], str(mail.mail["Subject"])): mail.part("plain") for mail in world.mailbox.mails}
    receipt = next(text for (to, subject), text in told.items() if to == ANN.email and "recorded" in subject)
    other = next(text for (to, subject), text in told.items() if to == ROSA.email and "handled" in subject)
    assert "In place of: John Smith" in receipt
    assert "Decided by: Ann Brown for John Smith" in other
