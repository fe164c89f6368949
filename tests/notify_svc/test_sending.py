"""A notice on its way to the mail server, on good days and bad."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from notify_svc.domain.failures import Answer
from notify_svc.domain.notices import FAULT_TRIES, Result, State, pause_after
from notify_svc.mail.postman import Postman
from notify_svc.settings import Settings
from notify_svc.use_cases.confirm_request import confirm_request
from shared.db import Database
from shared.ids import new_id
from shared.settings import load
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import MARIA, role_requested
from tests.notify_svc.mailbox import Mailbox, Mood, Server

A_WHILE = timedelta(hours=3)


def test_a_mail_that_the_server_takes_is_sent_and_its_answer_kept(world: World) -> None:
    envelope = world.hears_and_works(role_requested())

    (received,) = world.mailbox.mails
    notice = world.notice()
    (delivery,) = world.deliveries()
    assert received.recipients == [MARIA.email]
    assert received.mail["Message-ID"] == notice.mail_id
    assert f"\r\nMessage-ID: {notice.mail_id}\r\n".encode() in received.raw
    assert (notice.state, notice.attempts, notice.due_at) == (State.SENT, 1, None)
    assert (delivery.result, delivery.code, delivery.answer) == (Result.TAKEN, 250, "2.0.0 Queued as 1")
    assert [(kind, data["recipient"]) for kind, data in world.told()] == [("NoticeSent", MARIA.user_id)]
    assert {row.correlation_id for row in world.outbox()} == {envelope.correlation_id}


def test_a_machine_made_mail_says_so(world: World) -> None:
    world.hears_and_works(role_requested())

    mail = world.mailbox.mails[0].mail
    assert mail["From"] == '"iQIES Role Requests (do not reply)" <donotreply.HARP@hcqis.org>'
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Date"].datetime == world.now.replace(microsecond=0)
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_the_same_message_twice_makes_one_mail(world: World) -> None:
    message = role_requested()
    envelope = world.hears_and_works(message)
    world.hears(message, envelope)
    world.works()

    assert len(world.mailbox.mails) == 1
    assert len(world.notices()) == 1


def test_a_message_that_slips_past_the_inbox_still_makes_one_notice(world: World) -> None:
    message = role_requested()
    envelope = world.hears(message)
    with world.database.transaction() as session:
        confirm_request(session, message, envelope, world.now)

    assert len(world.notices()) == 1
    assert len(world.mail_queue()) == 1


def test_the_same_queue_message_twice_makes_one_mail(world: World) -> None:
    world.hears(role_requested())
    queued = world.mail_queue()
    world.postman(queued + queued)
    world.postman(queued)

    assert len(world.mailbox.mails) == 1


def test_two_workers_with_the_same_message_make_one_mail(world: World, settings: Settings) -> None:
    world.hears(role_requested())
    queued = world.mail_queue()
    workers = [Postman(settings, world.database, clock=lambda: world.now) for _ in range(4)]
    with ThreadPoolExecutor(len(workers)) as pool:
        list(pool.map(lambda worker: worker(queued), workers))
    for worker in workers:
        worker.close()

    assert len(world.mailbox.mails) == 1
    assert len(world.deliveries()) == 1


@pytest.mark.parametrize("mood", [Mood.NO_SUCH_MAILBOX, Mood.SPAM])
def test_a_mail_refused_for_good_fails_at_once_and_is_told(world: World, mood: Mood) -> None:
    world.mailbox.mood = mood
    world.hears_and_works(role_requested())
    world.passes(A_WHILE)
    world.works()

    notice = world.notice()
    ((kind, data),) = world.told()
    assert (notice.state, notice.attempts) == (State.FAILED, 1)
    assert (kind, data["recipient"], data["reason"]) == ("NoticeFailed", MARIA.user_id, notice.reason)
    assert data["written_at"] == notice.written_at.isoformat()


def test_an_answer_is_stored_with_addresses_masked(world: World) -> None:
    world.mailbox.mood = Mood.NO_SUCH_MAILBOX
    world.hears_and_works(role_requested())

    assert world.deliveries()[0].answer == "5.1.1 <m***@example.gov>: there is no such mailbox"
    assert MARIA.email not in str(world.told())


@pytest.mark.parametrize("mood", [Mood.BUSY, Mood.GREYLISTS, Mood.HANGS_UP, Mood.SLEEPS, Mood.WANTS_SIGN_IN])
def test_a_mail_that_the_server_does_not_want_now_is_tried_again_when_due(world: World, mood: Mood) -> None:
    world.mailbox.mood = mood
    world.hears_and_works(role_requested())

    put_off = world.notice()
    assert put_off.state is State.QUEUED
    assert put_off.due_at == world.now + pause_after(1, put_off.id)
    assert world.deliveries()[0].result in (Result.PUT_OFF, Result.UNKNOWN)
    assert world.told() == []

    world.mailbox.mood = Mood.TAKES
    world.works()
    assert world.notice().state is State.QUEUED, "it is not due yet"
    world.passes(timedelta(seconds=36))
    world.works()
    assert (world.notice().state, world.notice().attempts) == (State.SENT, 2)
    assert len({received.mail["Message-ID"] for received in world.mailbox.mails}) == 1


def test_a_server_that_is_away_delays_and_loses_nothing(world: World, smtp_server: Server) -> None:
    smtp_server.stop()
    world.hears_and_works(role_requested())
    assert world.notice().state is State.QUEUED
    assert "ConnectionRefusedError" in world.deliveries()[0].answer

    smtp_server.start()
    world.passes(timedelta(seconds=36))
    world.works()
    assert world.notice().state is State.SENT


def test_tries_that_run_out_are_a_failure_that_is_told(world: World) -> None:
    world.mailbox.mood = Mood.BUSY
    world.hears(role_requested())
    for _ in range(5):
        world.works()
        world.passes(A_WHILE)

    assert (world.notice().state, world.notice().attempts) == (State.FAILED, 3)
    assert world.notice().reason == "451 4.3.0 Try again later"
    assert [kind for kind, _ in world.told()] == ["NoticeFailed"]


def test_one_connection_carries_many_mails(world: World) -> None:
    for _ in range(3):
        world.hears(role_requested())
    world.works()

    assert len(world.mailbox.mails) == 3
    assert world.mailbox.connections == 1


def test_a_kept_connection_that_the_server_closed_is_made_anew(world: World, smtp_server: Server) -> None:
    world.hears_and_works(role_requested())
    smtp_server.stop()
    smtp_server.start()
    world.hears_and_works(role_requested())

    assert [delivery.result for delivery in world.deliveries()] == [Result.TAKEN, Result.TAKEN]
    assert world.mailbox.connections == 2


def test_a_refusal_does_not_cost_the_next_mail(world: World) -> None:
    world.mailbox.mood = Mood.NO_SUCH_MAILBOX
    world.hears_and_works(role_requested())
    world.mailbox.mood = Mood.TAKES
    world.hears_and_works(role_requested())

    assert [notice.state for notice in world.notices()] == [State.FAILED, State.SENT]
    assert world.mailbox.connections == 1


def test_a_queue_message_that_was_lost_is_made_up_for(world: World) -> None:
    world.hears(role_requested())
    world.mail_queue()
    world.passes(timedelta(minutes=4))
    world.works()
    assert world.mailbox.mails == []

    world.passes(timedelta(minutes=1))
    world.works()
    assert len(world.mailbox.mails) == 1


def test_what_cannot_be_read_from_the_mail_queue_does_not_stop_the_rest(world: World) -> None:
    world.hears(role_requested())
    world.postman([{"type": "NoticeQueued"}, *world.mail_queue()])

    assert len(world.mailbox.mails) == 1


def _loses_its_context(world: World) -> dict[str, object]:
    notice = world.notice()
    whole = dict(notice.context)
    with world.database.transaction() as session:
        session.merge(notice).context = {"zone": None}
    return whole


def test_a_mail_that_we_cannot_write_fails_after_some_tries_and_blames_nobodys_address(world: World) -> None:
    world.hears(role_requested())
    _loses_its_context(world)
    for _ in range(5):
        world.works()
        world.passes(A_WHILE)

    assert (world.notice().state, world.notice().attempts) == (State.FAILED, 3)
    assert world.notice().reason == "request_received cannot be rendered: UndefinedError"
    assert {delivery.result for delivery in world.deliveries()} == {Result.PUT_OFF}
    assert [(kind, data["permanent"]) for kind, data in world.told()] == [("NoticeFailed", False)]


def test_a_mail_that_we_cannot_write_has_fewer_tries_than_one_that_a_server_does_not_want(
    notify_database: Database, mail_environ: dict[str, str]
) -> None:
    settings = load(Settings, {**mail_environ, "MAIL_MAX_ATTEMPTS": "68"})
    postman = Postman(settings, notify_database, clock=lambda: world.now)
    world = World(notify_database, postman, Mailbox())
    world.hears(role_requested())
    _loses_its_context(world)
    for _ in range(FAULT_TRIES + 1):
        world.works()
        world.passes(A_WHILE)
    postman.close()

    assert (world.notice().state, world.notice().attempts) == (State.FAILED, FAULT_TRIES)


def test_a_mail_goes_out_by_itself_once_we_can_write_it(world: World) -> None:
    world.hears(role_requested())
    whole = _loses_its_context(world)
    world.works()
    with world.database.transaction() as session:
        session.merge(world.notice()).context = whole
    world.passes(A_WHILE)
    world.works()

    assert [kind for kind, _ in world.told()] == ["NoticeSent"]


KILLED_WORKER = """
import os, sys
from uuid import UUID
from notify_svc.mail.postman import Postman
from notify_svc.settings import Settings
from notify_svc.use_cases.confirm_request import confirm_request
from shared.db import Database
from shared.settings import load
settings = load(Settings, os.environ)
Postman(settings, Database(settings.database_url)).deliver(UUID(sys.argv[1]))
"""


def test_a_worker_killed_before_it_records_repeats_with_the_same_message_id(
    world: World, mail_environ: dict[str, str]
) -> None:
    world.hears(role_requested())
    world.mail_queue()
    worker = _worker(world, mail_environ)
    assert worker.wait(timeout=30) == -signal.SIGKILL
    stopped = world.notice()
    assert (stopped.state, stopped.attempts) == (State.SENDING, 1)
    (begun,) = world.deliveries()
    assert (begun.result, begun.ended_at) == (Result.BEGUN, None), "the ledger knows of a try that never reports"

    assert stopped.due_at is not None
    world.now = stopped.due_at
    world.works()
    assert world.notice().state is State.SENT
    assert [delivery.result for delivery in world.deliveries()] == [Result.UNKNOWN, Result.TAKEN]
    assert [delivery.repeat for delivery in world.deliveries()] == [False, True]
    first, second = world.mailbox.mails
    assert first.mail["Message-ID"] == second.mail["Message-ID"] == stopped.mail_id


def _worker(world: World, environ: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Starts a worker that is killed as soon as the mail server has the text, before it answers."""
    command = [sys.executable, "-c", KILLED_WORKER, str(world.notice().id)]
    worker = subprocess.Popen(command, env={**os.environ, **environ})

    def kill() -> None:
        world.mailbox.on_mail = lambda: None
        worker.kill()
        worker.wait()

    world.mailbox.on_mail = kill
    return worker


def test_a_notice_that_stops_every_worker_fails_in_the_end(world: World, settings: Settings) -> None:
    world.hears(role_requested())
    with world.database.transaction() as session:
        notice = session.merge(world.notice())
        notice.attempts = settings.mail_max_attempts
    world.works()

    assert world.mailbox.mails == []
    assert (world.notice().state, [kind for kind, _ in world.told()]) == (State.FAILED, ["NoticeFailed"])


def test_a_notice_that_nobody_stored_is_left_alone(world: World) -> None:
    world.postman.deliver(new_id())

    assert world.mailbox.mails == []


class Restarting(Database):
    """A database that is away for a while once the mail server has answered."""

    failures = 0

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        if self.failures:
            self.failures -= 1
            raise OperationalError("SELECT 1", {}, Exception("the database system is starting up"))
        with super().transaction() as session:
            yield session


@pytest.mark.parametrize("mood", [Mood.TAKES, Mood.NO_SUCH_MAILBOX, Mood.BUSY])
def test_a_database_that_restarts_while_a_mail_is_sent_costs_no_second_copy(
    world: World, settings: Settings, mood: Mood
) -> None:
    database, paused = Restarting(settings.database_url), list[float]()
    postman = Postman(settings, database, clock=lambda: world.now, sleep=paused.append)
    world.hears(role_requested())
    world.mailbox.mood = mood
    deliver = postman._connections.send

    def send_and_restart(sender: str, recipient: str, mail: bytes) -> Answer:
        try:
            return deliver(sender, recipient, mail)
        finally:
            database.failures = 3

    postman._connections.send = send_and_restart  # type: ignore[method-assign]  # the moment between answer and record
    postman(world.mail_queue())

    (delivery,) = world.deliveries()
    assert delivery.result is {Mood.TAKES: Result.TAKEN, Mood.NO_SUCH_MAILBOX: Result.REFUSED}.get(mood, Result.PUT_OFF)
    assert paused == [0.2, 0.5, 1]
    postman.close()
    database.dispose()
