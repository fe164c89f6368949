"""Mail that is written and not sent yet, and of no use any more, is not sent."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from notify_svc.domain.notices import State
from notify_svc.use_cases.tell_inactivity import SIGNED_IN
from notify_svc.use_cases.tell_review import OVER
from shared.contracts import InactivityWarned, Message, ReviewClosed, Reviewer, SignedIn
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import ALABAMA, MARIA, NOW, official
from tests.notify_svc.mailbox import Mood
from tests.notify_svc.test_inactivity_and_review import AUTHORITY, due, idle

JOHN = official("John Smith")
LONG_AGO = NOW - timedelta(days=50)
WARNING = InactivityWarned(holder=MARIA, roles=(idle("Surveyor", 5),), last_sign_in_at=LONG_AGO, warned_at=NOW)


def closed(review_id: UUID) -> ReviewClosed:
    return ReviewClosed(
        review_id=review_id,
        authority=AUTHORITY,
        organization=ALABAMA,
        officials=(),
        confirmed=3,
        removed=0,
        kept_unanswered=0,
        removed_unanswered=0,
        gone=0,
        opened_at=NOW,
        closed_at=NOW,
    )


def put_off(world: World, message: Message, then: Message) -> None:
    """The mail server wants patience, something else happens, and the server takes mails again."""
    world.mailbox.mood = Mood.GREYLISTS
    world.hears_and_works(message)
    assert world.notice().state is State.QUEUED
    world.hears(then)
    world.mailbox.mood = Mood.TAKES
    world.passes(timedelta(hours=3))
    world.works()


def test_who_reviews_is_not_asked_any_more_when_the_review_is_over(world: World) -> None:
    put_off(world, due(Reviewer(official=JOHN, left=3, would_end=0)), closed(UUID(int=7)))
    assert (world.notice().state, world.notice().reason) == (State.SKIPPED, OVER)
    assert world.mailbox.mails == []


def test_the_end_of_another_review_calls_nothing_off(world: World) -> None:
    put_off(world, due(Reviewer(official=JOHN, left=3, would_end=0)), closed(uuid4()))
    assert world.notice().state is State.SENT


@pytest.mark.parametrize("last", [LONG_AGO, None])
def test_who_signs_in_is_not_warned_any_more(world: World, last: datetime | None) -> None:
    warning = InactivityWarned(holder=MARIA, roles=WARNING.roles, last_sign_in_at=last, warned_at=NOW)
    put_off(world, warning, SignedIn(user_id=MARIA.user_id, signed_in_at=NOW))
    assert (world.notice().state, world.notice().reason) == (State.SKIPPED, SIGNED_IN)
    assert world.mailbox.mails == []


OTHERS = {
    "somebody else": SignedIn(user_id="JOHN", signed_in_at=NOW),
    "the sign-in that the warning counts from": SignedIn(user_id=MARIA.user_id, signed_in_at=LONG_AGO),
}


@pytest.mark.parametrize("signed_in", OTHERS.values(), ids=OTHERS)
def test_another_sign_in_calls_nothing_off(world: World, signed_in: SignedIn) -> None:
    put_off(world, WARNING, signed_in)
    assert world.notice().state is State.SENT
