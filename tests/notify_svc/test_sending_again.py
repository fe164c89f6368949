"""Notices that did not arrive, and operations who send them again."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from notify_svc.app import create_app
from notify_svc.domain.bounces import Kind, Source, report
from notify_svc.domain.notices import State
from notify_svc.settings import Settings
from notify_svc.use_cases.record_bounce import record_bounce
from notify_svc.use_cases.send_again import NotUndeliveredError, send_again
from shared.cli import main
from shared.contracts import ClosedBecause
from tests.audit import entries
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import approval_closed, approval_requested, official, role_requested
from tests.notify_svc.mailbox import Mood
from tests.notify_svc.test_pages import OPAL
from tests.pages import heading, sign_in, token_of, words

A_WHILE = timedelta(hours=3)


def fails(world: World) -> None:
    """Every try is put off, until there is none left."""
    world.mailbox.mood = Mood.BUSY
    world.hears(role_requested())
    for _ in range(3):
        world.works()
        world.passes(A_WHILE)
    world.mailbox.mood = Mood.TAKES


def again(world: World) -> None:
    with world.database.transaction() as session:
        send_again(session, world.notice().id, world.now)


def test_a_notice_that_failed_is_sent_again(world: World) -> None:
    fails(world)
    again(world)
    world.postman(world.mail_queue())

    assert (world.notice().state, world.notice().reason) == (State.SENT, None)
    assert [kind for kind, _ in world.told()] == ["NoticeFailed", "NoticeSent"]
    assert [delivery.attempt for delivery in world.deliveries()] == [1, 2, 3, 4]


def test_what_is_sent_again_has_as_many_tries_and_as_short_pauses_as_a_new_one(world: World) -> None:
    fails(world)
    again(world)
    world.mailbox.mood = Mood.BUSY
    world.postman(world.mail_queue())
    first = world.notice()
    assert first.state is State.QUEUED
    assert first.due_at is not None
    assert first.due_at - world.now < timedelta(minutes=1)
    for _ in range(3):
        world.passes(A_WHILE)
        world.works()

    assert (world.notice().state, world.notice().attempts) == (State.FAILED, 6)


def test_what_came_back_is_sent_again_and_may_come_back_again(world: World) -> None:
    world.hears_and_works(role_requested())
    for event in ("1", "2"):
        came = report(Source.SES, event, str(world.notice().mail_id), Kind.GIVEN_UP, "452 4.2.2 mailbox full")
        with world.database.transaction() as session:
            record_bounce(session, came, world.now)
        assert world.notice().state is State.BOUNCED
        again(world)
        world.postman(world.mail_queue())

    assert world.notice().state is State.SENT
    assert len({received.mail["Message-ID"] for received in world.mailbox.mails}) == 1


def test_nobody_is_asked_again_for_a_decision_that_is_not_wanted_any_more(world: World) -> None:
    world.mailbox.mood = Mood.NO_SUCH_MAILBOX
    asked = approval_requested(official())
    world.hears_and_works(asked)
    world.mailbox.mood = Mood.TAKES
    world.hears(approval_closed(asked, ClosedBecause.WITHDRAWN))
    again(world)
    world.postman(world.mail_queue())

    assert (world.notice().state, world.mailbox.mails) == (State.SKIPPED, [])


@pytest.mark.parametrize("mood", [Mood.TAKES, Mood.BUSY])
def test_what_arrived_or_is_on_its_way_is_left_alone(world: World, mood: Mood) -> None:
    world.mailbox.mood = mood
    world.hears_and_works(role_requested())
    with pytest.raises(NotUndeliveredError):
        again(world)


def test_the_audit_tells_who_sent_it_again(world: World, mail_environ: dict[str, str]) -> None:
    fails(world)
    run = CliRunner().invoke(main, ["notices", "resend", str(world.notice().id), "--yes"], env=mail_environ)
    assert (run.exit_code, run.output.splitlines()[-1]) == (0, "Queued.")

    _, entry = entries(world.database)
    assert (entry.action, entry.before["state"], entry.after) == ("notice.sent_again", "failed", {"state": "queued"})
    assert entry.who.startswith("operator:")


def test_the_command_asks_first_and_says_what_there_is_not(world: World, mail_environ: dict[str, str]) -> None:
    fails(world)
    command = ["notices", "resend", str(world.notice().id)]
    assert CliRunner().invoke(main, command, env=mail_environ, input="n\n").exit_code == 1
    assert world.notice().state is State.FAILED
    assert CliRunner().invoke(main, [*command, "--yes"], env=mail_environ).exit_code == 0
    twice = CliRunner().invoke(main, [*command, "--yes"], env=mail_environ)
    assert (twice.exit_code, "that failed or came back" in twice.output) == (1, True)


@pytest.fixture
def client(world: World, settings: Settings) -> FlaskClient:
    made = create_app(settings, world.database).test_client()
    sign_in(made, OPAL)
    return made


def test_operations_send_it_again_on_its_page_after_a_question(world: World, client: FlaskClient) -> None:
    fails(world)
    path = f"/notices/{world.notice().id}"
    assert f"{path}/send-again" in client.get(path).text
    question = client.get(f"{path}/send-again")
    assert (heading(question), world.notice().state) == ("Send this notice again?", State.FAILED)
    assert "451 4.3.0 Try again later" in words(question)
    assert client.post(f"{path}/send-again").status_code == 400, "a forged form changes nothing"

    form = {"csrf_token": token_of(question)}
    answer = client.post(f"{path}/send-again", data=form)
    assert world.notice().state is State.QUEUED
    shown = client.get(answer.location)
    assert "will be sent again" in words(shown)
    assert "send-again" not in shown.text
    twice = client.post(f"{path}/send-again", data=form)
    assert "Nothing to do" in words(client.get(twice.location))
    assert "again=before" in client.get(f"{path}/send-again").location
    assert client.get("/notices/01936f2e-8c2a-7000-8000-2b1d5e6f7a8b/send-again").status_code == 404
