"""Which message makes which notices, and for whom."""

from datetime import timedelta

import pytest

from notify_svc.domain.notices import State
from notify_svc.use_cases.ask_officials import OWN_REQUEST, TOO_LATE
from notify_svc.use_cases.tell_approval_closed import OVERTAKEN
from shared.contracts import ClosedBecause, Decision, Person
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import (
    HMS,
    MARIA,
    TELLIGEN,
    account_locked,
    approval_closed,
    approval_requested,
    official,
    outcome,
    request_decided,
    role_requested,
)
from tests.notify_svc.mailbox import Mood

DECIDED, WITHDRAWN, MOVED = ClosedBecause.DECIDED, ClosedBecause.WITHDRAWN, ClosedBecause.MOVED


def test_the_requester_hears_that_the_request_arrived(world: World) -> None:
    world.hears_and_works(role_requested())

    assert world.states() == {("request_received", MARIA.user_id): State.SENT}


def test_every_newly_asked_official_is_asked_alone(world: World) -> None:
    john, ann, known = official("John Smith"), official("Ann Brown"), official("Kim Park")
    world.hears_and_works(approval_requested(john, ann, known, newly_asked=(john.official_id, ann.official_id)))

    assert world.states() == {("decision_wanted", "JOHN"): State.SENT, ("decision_wanted", "ANN"): State.SENT}
    assert [received.recipients for received in world.mailbox.mails] == [[john.email], [ann.email]]


def test_nobody_is_asked_about_their_own_request(world: World) -> None:
    maria_too = official("Maria Lopez", user_id=MARIA.user_id)
    world.hears_and_works(approval_requested(maria_too, official("Ann Brown")))

    assert world.states() == {
        ("decision_wanted", MARIA.user_id): State.SKIPPED,
        ("decision_wanted", "ANN"): State.SENT,
    }
    assert world.notices()[0].reason == OWN_REQUEST


def test_after_a_decision_the_decider_gets_a_receipt_and_the_others_are_told(world: World) -> None:
    john, ann = official("John Smith"), official("Ann Brown")
    asked = approval_requested(john, ann)
    world.hears_and_works(asked)
    world.hears_and_works(approval_closed(asked, DECIDED, by=john))

    assert world.states() == {
        ("decision_wanted", "JOHN"): State.SENT,
        ("decision_wanted", "ANN"): State.SENT,
        ("decision_recorded", "JOHN"): State.SENT,
        ("already_handled", "ANN"): State.SENT,
    }


def test_after_a_withdrawal_those_who_were_asked_are_told(world: World) -> None:
    asked = approval_requested(official("John Smith"))
    world.hears_and_works(asked)
    world.hears_and_works(approval_closed(asked, WITHDRAWN))

    assert world.states()["withdrawn", "JOHN"] is State.SENT


def test_an_official_whom_no_mail_reached_is_not_told_that_it_is_over(world: World) -> None:
    world.mailbox.mood = Mood.BUSY
    asked = approval_requested(official("John Smith"))
    world.hears_and_works(asked)
    world.hears(approval_closed(asked, WITHDRAWN))
    world.mailbox.mood = Mood.TAKES
    world.passes(timedelta(hours=1))
    world.works()

    assert world.states() == {("decision_wanted", "JOHN"): State.SKIPPED}
    assert world.notice().reason == OVERTAKEN


def test_an_official_who_decided_without_a_mail_gets_the_receipt(world: World) -> None:
    john = official("John Smith", email="")
    asked = approval_requested(john)
    world.hears_and_works(asked)
    john_with_address = official("John Smith")
    closed = approval_closed(approval_requested(john_with_address), DECIDED, by=john_with_address)
    world.hears_and_works(closed)

    assert world.states()["decision_recorded", "JOHN"] is State.SENT


def test_a_question_that_comes_after_its_answer_is_not_asked(world: World) -> None:
    john = official("John Smith")
    asked = approval_requested(john)
    world.hears_and_works(approval_closed(asked, DECIDED, by=john))
    world.hears_and_works(asked)

    assert world.states()["decision_wanted", "JOHN"] is State.SKIPPED
    assert world.notices()[-1].reason == TOO_LATE


def test_an_approval_that_closes_while_its_mail_is_under_way_is_not_asked_again(world: World) -> None:
    john = official("John Smith")
    asked = approval_requested(john)

    def decide() -> None:
        world.hears(approval_closed(asked, DECIDED, by=john))

    world.mailbox.mood, world.mailbox.on_mail = Mood.BUSY, decide
    world.hears_and_works(asked)
    world.mailbox.mood, world.mailbox.on_mail = Mood.TAKES, lambda: None
    world.passes(timedelta(hours=1))
    world.works()

    assert world.states()["decision_wanted", "JOHN"] is State.SKIPPED


def test_an_approval_that_moved_on_is_not_asked_of_those_who_had_it(world: World) -> None:
    john, ann = official("John Smith"), official("Ann Brown")
    asked = approval_requested(john)
    world.hears(asked)
    world.hears(approval_closed(asked, MOVED))
    world.hears_and_works(approval_requested(ann, approval_id=asked.approval_id))

    assert world.states() == {("decision_wanted", "JOHN"): State.SKIPPED, ("decision_wanted", "ANN"): State.SENT}


@pytest.mark.parametrize(
    ("decisions", "template"),
    [
        ((Decision.APPROVED, Decision.APPROVED), "approved"),
        ((Decision.REJECTED, Decision.REJECTED), "rejected"),
        ((Decision.APPROVED, Decision.REJECTED), "decided_in_part"),
    ],
)
def test_the_requester_gets_one_mail_for_all_outcomes(
    world: World, decisions: tuple[Decision, Decision], template: str
) -> None:
    first, second = decisions
    world.hears_and_works(request_decided(outcome(first, HMS), outcome(second, TELLIGEN)))

    assert world.states() == {(template, MARIA.user_id): State.SENT}
    text = world.mailbox.mails[0].part("plain")
    assert HMS.name in text
    assert TELLIGEN.name in text


def test_the_holder_of_a_locked_account_is_told(world: World) -> None:
    world.hears_and_works(account_locked())

    assert world.states() == {("account_locked", MARIA.user_id): State.SENT}


@pytest.mark.parametrize(
    "address", ["", " ", "maria", "maria@", "a b@example.gov", "maria@example.gov\r\nRCPT TO:<x@y>"]
)
def test_a_recipient_without_a_usable_address_is_skipped_and_told(world: World, address: str) -> None:
    world.hears_and_works(role_requested(Person(user_id="M", name="Maria Lopez", email=address)))

    ((kind, data),) = world.told()
    assert world.notice().state is State.SKIPPED
    assert (kind, data["reason"]) == ("NoticeFailed", world.notice().reason)
    assert world.mailbox.mails == []


def test_an_official_without_an_address_leaves_the_others_asked(world: World) -> None:
    world.hears_and_works(approval_requested(official("John Smith", email=""), official("Ann Brown")))

    assert world.states() == {("decision_wanted", "JOHN"): State.SKIPPED, ("decision_wanted", "ANN"): State.SENT}
    assert ("NoticeFailed", "JOHN") in [(kind, data["recipient"]) for kind, data in world.told()]


def test_the_requester_never_gets_an_officials_mail(world: World) -> None:
    maria_too = official("Maria Lopez", user_id=MARIA.user_id, email=MARIA.email)
    ann = official("Ann Brown")
    asked = approval_requested(maria_too, ann)
    world.hears_and_works(role_requested(request_id=asked.request_id))
    world.hears_and_works(asked)
    world.hears_and_works(approval_closed(asked, DECIDED, by=ann))

    to_maria = [one.mail["Subject"] for one in world.mailbox.mails if one.recipients == [MARIA.email]]
    assert len(to_maria) == 1
    assert to_maria[0].startswith("Request received")
