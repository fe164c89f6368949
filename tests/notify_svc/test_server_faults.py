"""The mail server goes wrong at each stage of the conversation: nothing is lost, and nobody else waits for it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from notify_svc.domain.notices import Result, State
from notify_svc.mail.connection import MAX_MAILS, Connections
from notify_svc.mail.postman import Postman
from notify_svc.mail.server import SmtpServer
from notify_svc.settings import Settings
from shared.contracts import Person
from shared.db import Database
from shared.settings import load
from tests.notify_svc.conftest import World
from tests.notify_svc.factories import MARIA, role_requested
from tests.notify_svc.mailbox import Mailbox
from tests.notify_svc.rough import STAGES, Fate, RoughServer

ANN = Person(user_id="ANN", name="Ann Brown", email="ann@example.gov")


@pytest.fixture
def server() -> Iterator[RoughServer]:
    rough = RoughServer()
    rough.start()
    yield rough
    rough.stop()


@pytest.fixture
def rough_settings(mail_environ: dict[str, str], server: RoughServer) -> Settings:
    return load(
        Settings,
        {
            **mail_environ,
            "SMTP_URL": f"smtp://127.0.0.1:{server.port}",
            "MAIL_MAX_ATTEMPTS": "30",
            "MAIL_TIMEOUT_SECONDS": "0.3",
            "MAIL_LIMIT_SECONDS": "0.6",
        },
    )


@pytest.fixture
def rough(notify_database: Database, rough_settings: Settings) -> Iterator[World]:
    """The world with the rough server in it."""
    postman = Postman(rough_settings, notify_database, clock=lambda: made.now)
    made = World(notify_database, postman, Mailbox())
    yield made
    postman.close()


def outcome(world: World) -> tuple[State, Result]:
    return world.notice().state, world.deliveries()[-1].result


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("fate", [Fate.HANGS, Fate.CUTS, Fate.DRIPS, "421 4.3.2 closing", "451 4.3.0 later"])
def test_trouble_that_passes_puts_the_mail_off_and_loses_nothing(
    rough: World, server: RoughServer, stage: str, fate: Fate | str
) -> None:
    server.fates = {stage: fate}
    rough.hears_and_works(role_requested())

    no_answer_to_the_text = stage == "text" and isinstance(fate, Fate)
    assert outcome(rough) == (State.QUEUED, Result.UNKNOWN if no_answer_to_the_text else Result.PUT_OFF)
    server.fates = {}
    rough.passes(timedelta(minutes=1))
    rough.works()
    assert outcome(rough) == (State.SENT, Result.TAKEN)
    assert rough.deliveries()[-1].repeat is no_answer_to_the_text
    assert len({text.split(b"Message-ID: ")[1].split(b"\r\n")[0] for text in server.texts}) == 1


@pytest.mark.parametrize("stage", ["greeting", "EHLO", "MAIL"])
def test_a_refusal_before_the_recipient_is_named_is_about_us_and_harms_no_recipient(
    rough: World, server: RoughServer, stage: str
) -> None:
    server.fates = {stage: "554 5.7.1 not you"}
    rough.hears_and_works(role_requested())

    assert outcome(rough) == (State.QUEUED, Result.PUT_OFF)
    assert rough.deliveries()[0].code == 554
    assert rough.told() == []


@pytest.mark.parametrize("stage", ["RCPT", "DATA", "text"])
def test_a_refusal_once_the_recipient_is_named_is_for_good(rough: World, server: RoughServer, stage: str) -> None:
    server.fates = {stage: "550 5.1.1 nobody here"}
    rough.hears_and_works(role_requested())

    assert outcome(rough) == (State.FAILED, Result.REFUSED)
    ((kind, told),) = rough.told()
    assert (kind, told["permanent"]) == ("NoticeFailed", True)


def test_a_server_that_cuts_after_its_250_has_the_mail_once(rough: World, server: RoughServer) -> None:
    server.fates = {"after the text": Fate.CUTS}
    for person in (MARIA, ANN):
        rough.hears_and_works(role_requested(person))

    assert [(each.result, each.attempt) for each in rough.deliveries()] == [(Result.TAKEN, 1)] * 2
    assert (len(server.texts), server.connections) == (2, 2), "each connection ended with its 250"


def test_a_recipient_whose_server_hangs_or_greylists_stops_nobody_else(rough: World, server: RoughServer) -> None:
    server.only_for = MARIA.email
    for fate in (Fate.HANGS, "450 4.7.1 greylisted"):
        server.fates = {"RCPT": fate}
        rough.hears(role_requested())
        rough.hears(role_requested(ANN))
        rough.works()

    assert [notice.state for notice in rough.notices() if notice.recipient_id == "ANN"] == [State.SENT] * 2
    assert [notice.state for notice in rough.notices() if notice.recipient_id != "ANN"] == [State.QUEUED] * 2


def test_after_three_failures_in_a_row_mails_wait_in_the_ledger_and_cost_no_try(
    rough: World, server: RoughServer
) -> None:
    server.fates = {"greeting": Fate.CUTS}
    for _ in range(20):
        rough.hears(role_requested())
    rough.works()

    assert server.connections == 3
    assert sorted(notice.attempts for notice in rough.notices()) == [0] * 17 + [1] * 3
    assert {notice.state for notice in rough.notices()} == {State.QUEUED}


def test_a_server_that_is_back_gets_everything_at_once(rough: World, server: RoughServer) -> None:
    server.fates = {"greeting": Fate.CUTS}
    for _ in range(20):
        rough.hears(role_requested())
    rough.works()
    server.fates = {}
    rough.passes(timedelta(seconds=5))
    for _ in range(4):
        rough.works()

    states = [notice.state for notice in rough.notices()]
    assert states.count(State.SENT) >= 18, "the two that failed first wait for the pause that is their own"
    rough.passes(timedelta(minutes=1))
    for _ in range(2):
        rough.works()
    assert {notice.state for notice in rough.notices()} == {State.SENT}
    assert len(server.texts) == 20


def test_of_several_threads_one_knocks_at_a_server_that_was_in_trouble(rough: World, server: RoughServer) -> None:
    server.fates = {"greeting": Fate.CUTS}
    for _ in range(11):
        rough.hears(role_requested())
    rough.works()
    server.fates = {"greeting": Fate.HANGS}
    rough.passes(timedelta(seconds=6))
    before = server.connections
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(rough.postman.deliver, [notice.id for notice in rough.notices()[3:]]))

    assert server.connections - before == 1


def test_a_chunk_of_slow_mails_goes_back_when_its_time_is_over(notify_database: Database, settings: Settings) -> None:
    seconds = iter(range(10_000))
    postman = Postman(settings, notify_database, clock=lambda: world.now, stopwatch=lambda: float(next(seconds)))
    world = World(notify_database, postman, Mailbox())
    for _ in range(3):
        world.hears(role_requested())
    postman(world.mail_queue())

    assert [notice.attempts for notice in world.notices()] == [0, 0, 0]
    assert {notice.due_at for notice in world.notices()} == {world.now}, "whichever worker is free takes them up"
    assert len(world.mail_queue()) == 0
    world.works()
    postman.close()


def test_a_fault_of_ours_in_one_mail_stops_no_other(rough: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for person in (MARIA, ANN):
        rough.hears(role_requested(person))
    first = rough.notices()[0].id
    deliver = rough.postman.deliver

    def faulty(notice_id: object) -> None:
        if notice_id == first:
            raise ZeroDivisionError
        deliver(notice_id)  # type: ignore[arg-type]  # an id it is

    monkeypatch.setattr(rough.postman, "deliver", faulty)
    rough.works()
    assert [notice.state for notice in rough.notices()] == [State.QUEUED, State.SENT]


def test_a_connection_is_renewed_for_its_age_and_for_the_mails_it_carried(server: RoughServer) -> None:
    now = 0.0
    connections = Connections(SmtpServer("127.0.0.1", server.port), 1, 2, lambda: now)

    def send() -> None:
        connections.send("us@example.gov", "maria@example.gov", b"Subject: x\r\n\r\n.dot\r\n")

    send()
    now = 299.0
    send()
    assert server.connections == 1
    now = 300.0
    send()
    assert server.connections == 2
    for _ in range(MAX_MAILS):
        send()
    assert server.connections == 3
    assert server.texts[0].endswith(b"\r\n..dot\r\n"), "a line that begins with a dot is not the end"
    connections.close()


def test_several_threads_send_at_the_same_time_each_on_a_connection_of_its_own(
    rough: World, server: RoughServer
) -> None:
    for _ in range(12):
        rough.hears(role_requested())
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(rough.postman.deliver, [notice.id for notice in rough.notices()]))

    assert {notice.state for notice in rough.notices()} == {State.SENT}
    assert len(server.texts) == 12
    assert server.connections <= 4
