"""A mail that was sent comes back: what the ledger says, and who is told. Webhooks and returned mails end here."""

from datetime import timedelta

import pytest

from notify_svc.domain.bounces import Kind, Report, Source, report
from notify_svc.domain.notices import Result, State
from notify_svc.use_cases.forget_old import KEEP_NOBODYS, KEEP_NOTICES, forget_old
from notify_svc.use_cases.record_bounce import Recorded, record_bounces
from shared.ids import new_id
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import approval_requested, official
from tests.notify_svc.mailbox import Mood


def sent(world: World) -> str:
    """John is asked to decide; returns the Message-ID of the mail."""
    world.hears_and_works(approval_requested(official("John Smith")))
    return str(world.notice().mail_id)


def told(mail_id: str, kind: Kind = Kind.REFUSED, event: str = "1") -> Report:
    return report(Source.SES, event, mail_id, kind, "550 5.1.1 <john@alabama.example.gov>: no such user")


def comes(world: World, *reports: Report) -> list[Recorded]:
    with world.database.transaction() as session:
        return record_bounces(session, reports, world.now)


def failures(world: World) -> list[tuple[str, bool]]:
    return [(data["recipient"], data["permanent"]) for kind, data in world.told() if kind == "NoticeFailed"]


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.COMPLAINT])
def test_a_mail_that_comes_back_for_good_ends_its_notice_and_is_told(world: World, kind: Kind) -> None:
    assert comes(world, told(sent(world), kind)) == [Recorded.TAKEN]

    notice = world.notice()
    assert (notice.state, notice.ended_at) == (State.BOUNCED, world.now)
    assert "5.1.1 <j***@alabama.example.gov>: no such user" in str(notice.reason)
    assert failures(world) == [("JOHN", True)]


def test_a_mail_that_was_given_up_says_nothing_for_good_about_the_address(world: World) -> None:
    comes(world, told(sent(world), Kind.GIVEN_UP))

    assert world.notice().state is State.BOUNCED
    assert failures(world) == [("JOHN", False)]


@pytest.mark.parametrize("kind", [Kind.DELAYED, Kind.NOTHING])
def test_a_delay_is_only_noted(world: World, kind: Kind) -> None:
    assert comes(world, told(sent(world), kind)) == [Recorded.TAKEN]

    assert world.notice().state is State.SENT
    assert failures(world) == []


def test_an_event_counts_once_however_often_it_is_told(world: World) -> None:
    mail_id = sent(world)
    assert comes(world, told(mail_id), told(mail_id)) == [Recorded.TAKEN, Recorded.SEEN]
    assert comes(world, told(mail_id)) == [Recorded.SEEN]
    assert comes(world, told(mail_id, event="2")) == [Recorded.TAKEN], "another event about a mail that came back"
    assert len(failures(world)) == 1


def test_what_names_no_mail_of_ours_changes_nothing(world: World) -> None:
    notice = sent(world)
    guessed = notice.replace(notice.split(".")[1].split("@")[0], "a" * 16)
    assert (
        comes(world, told(f"<{new_id()}@hcqis.org>"), told("", event="2"), told(guessed, event="3"))
        == [Recorded.NOBODYS] * 3
    )
    assert world.notice().state is State.SENT


def test_a_mail_that_comes_back_before_the_worker_could_say_that_it_was_sent(world: World) -> None:
    world.hears(approval_requested(official("John Smith")))
    mails: list[str] = []

    def come_back() -> None:
        mails.append(str(world.mailbox.mails[0].mail["Message-ID"]))
        comes(world, told(mails[0]))

    world.mailbox.on_mail = come_back
    world.works()

    assert world.notice().state is State.BOUNCED
    assert world.deliveries()[0].result is Result.TAKEN
    assert failures(world) == [("JOHN", True)]
    assert [kind for kind, _ in world.told()] == ["NoticeFailed"]


def test_a_bounce_ends_the_tries_of_a_notice_whose_first_try_is_not_known(world: World) -> None:
    world.mailbox.mood = Mood.HANGS_UP
    mail_id = sent(world)
    comes(world, told(mail_id))
    world.mailbox.mood = Mood.TAKES
    world.passes(timedelta(hours=3))
    world.works()

    assert world.notice().state is State.BOUNCED
    assert len(world.mailbox.mails) == 1


def test_a_notice_that_had_failed_already_is_not_told_of_twice(world: World) -> None:
    world.mailbox.mood = Mood.NO_SUCH_MAILBOX
    comes(world, told(sent(world)))

    assert world.notice().state is State.FAILED
    assert len(failures(world)) == 1


def test_the_ledger_forgets_what_is_old_and_nothing_else(world: World) -> None:
    mail_id = sent(world)
    comes(world, told(mail_id), told("<nobodys@x>", event="2"))
    with world.database.transaction() as session:
        forget_old(session, world.now + KEEP_NOBODYS)
    assert comes(world, told("<nobodys@x>", event="2")) == [Recorded.SEEN]
    with world.database.transaction() as session:
        forget_old(session, world.now + KEEP_NOBODYS + timedelta(seconds=1))
    assert comes(world, told("<nobodys@x>", event="2")) == [Recorded.NOBODYS]
    assert len(world.notices()) == 1
    with world.database.transaction() as session:
        forget_old(session, world.now + KEEP_NOTICES + timedelta(seconds=1))
    assert (world.notices(), world.deliveries()) == ([], [])
