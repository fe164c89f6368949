"""Each fault as it strikes a running stack, which is whole afterwards: a message still ends in exactly one mail."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import psycopg
import pytest
import redis

from deploy.faults.injectors import INJECTORS, Injected, broker
from deploy.faults.injectors.marks import POISON, marks_in, new_mark
from deploy.faults.kinds import KINDS
from deploy.faults.smtp import Mode
from deploy.faults.stack import Stack, StillDownError, running, wait_until
from shared.clock import utc_now
from shared.contracts import AccountLocked, Person
from shared.db import Database
from shared.ids import new_id
from shared.messaging.broker import TASK, make_celery
from shared.messaging.outbox import publish

SHORT = 0.02
"""Of each fault's length: a minute becomes about a second."""
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("faults"), shortening=SHORT) as stack:
        yield stack


def inject(stack: Stack, kind: str, target: str | None = None) -> Injected:
    injected = INJECTORS[kind].inject(stack, target or KINDS[kind].targets[0])
    assert injected.began <= injected.ended
    return injected


def lock_account(stack: Stack) -> str:
    """An account is locked, of which its holder is told; returns the holder's address."""
    address = f"{new_id().hex}@state.example"
    holder = Person(user_id="ann", name="Ann", email=address, phone="")
    database = Database(stack.database_url("identity_svc"), pool_size=1)
    now = utc_now()
    with database.transaction() as session:
        locked = AccountLocked(account=holder, locked_at=now, locked_until=now)
        publish(session, locked, correlation_id=new_id(), now=now)
    database.dispose()
    return address


def mails_to(stack: Stack, address: str) -> int:
    return len([mail for mail in stack.smtp.journal if mail.recipient == address and mail.outcome == "accepted"])


def expect_one_mail(stack: Stack, *addresses: str) -> None:
    wait_until(lambda: all(mails_to(stack, address) for address in addresses), "No mail came", seconds=PATIENCE_SECONDS)
    assert [mails_to(stack, address) for address in addresses] == [1 for _ in addresses]


def query(stack: Stack, service: str, statement: str, *values: str) -> list[tuple[object, ...]]:
    with psycopg.connect(stack.database_url(service).replace("+psycopg", "")) as connection:
        return connection.execute(statement.encode(), values).fetchall()


@pytest.mark.parametrize("target", ["notify-worker", "notify-web"])
def test_a_process_that_is_killed_is_another_afterwards(stack: Stack, target: str) -> None:
    before = stack.pid(target)
    injected = inject(stack, f"kill {target.rpartition('-')[2]}", target)
    assert str(before) in injected.note
    assert not psutil.pid_exists(before)
    assert stack.pid(target) not in (0, before)


def test_one_process_that_answers_requests_dies_and_its_elder_lives(stack: Stack) -> None:
    elder = stack.pid("approval-web")
    children = set(psutil.Process(elder).children())
    inject(stack, "kill gunicorn worker", "approval-web")
    assert stack.pid("approval-web") == elder
    assert len(children & set(psutil.Process(elder).children())) == len(children) - 1


def test_the_broker_forgets_everything(stack: Stack) -> None:
    with broker.connected(stack) as client:
        client.set("kept", "for ever")
        inject(stack, "broker flushed")
        assert not client.exists("kept")


def test_a_broker_that_is_killed_without_its_data_begins_with_nothing(stack: Stack) -> None:
    with broker.connected(stack) as client:
        client.set("kept", "for ever")
    before = stack.pid("valkey")
    inject(stack, "broker killed without its data")
    assert stack.pid("valkey") != before
    with broker.connected(stack) as client:
        assert not client.exists("kept")


@pytest.mark.parametrize("kind", ["broker flushed", "broker killed without its data"])
def test_what_poison_the_broker_forgot_is_told(stack: Stack, kind: str) -> None:
    waiting, unreadable, held, elsewhere = (new_mark() for _ in range(4))
    app = make_celery("nobodys", stack.broker_url)
    app.send_task(TASK, args=[[{"long": "." * 2000, "poison": waiting}]], queue="nobodys", retry=False)
    with broker.connected(stack) as client:
        task: Any = client.lindex("nobodys", 0)
        assert waiting.encode() not in task, "the body of a task is not read as it stands"
        client.lpush("nobodys", unreadable)
        client.hset("nobodys-unacked", "tag", f'[{{"poison": "{held}"}}, "", "nobodys"]')
        assert set(marks_in(client)) >= {waiting, unreadable, held}
        injected = inject(stack, kind)
        assert set(injected.forgotten) >= {waiting, unreadable, held}
        assert elsewhere not in injected.forgotten
    app.close()


@pytest.mark.parametrize(("target", "seen"), [("stopped", redis.ConnectionError), ("frozen", redis.TimeoutError)])
def test_a_broker_that_is_away_keeps_what_it_had(
    stack: Stack, target: str, seen: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "ANSWER_SECONDS", 0.2)
    with broker.connected(stack) as client:
        client.set("kept", target)
    with ThreadPoolExecutor() as pool:
        injecting = pool.submit(inject, stack, "broker away", target)
        wait_until(lambda: _fails_with(stack, seen), f"The broker is not {target}", seconds=PATIENCE_SECONDS)
        injecting.result()
    with broker.connected(stack) as client:
        assert client.get("kept") == target.encode()


def _fails_with(stack: Stack, error: type[Exception]) -> bool:
    try:
        with broker.connected(stack) as client:
            client.ping()
    except error:
        return True
    except redis.RedisError:
        return False
    return False


def test_a_broker_with_a_full_disk_refuses_writes_and_answers_reads(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def look(_seconds: float) -> None:
        with broker.connected(stack) as client:
            client.get("kept")
            with pytest.raises(redis.ResponseError, match="MISCONF") as refused:
                client.set("kept", "another")
        seen.append(str(refused.value))

    monkeypatch.setattr(stack, "endure", look)
    inject(stack, "broker disk full")
    assert "AOF" in seen[0]
    with broker.connected(stack) as client:
        assert client.set("kept", "another")


def test_postgres_restarts_without_a_checkpoint(stack: Stack) -> None:
    log = stack.layout.log("postgres")
    before = log.stat().st_size
    inject(stack, "postgres restarted at once")
    said = log.read_text()[before:]
    assert "received immediate shutdown request" in said
    assert "automatic recovery in progress" in said


def test_every_connection_to_postgres_is_cut(stack: Stack) -> None:
    with psycopg.connect(stack.database_url("request_svc").replace("+psycopg", "")) as connection:
        cut = inject(stack, "postgres connections cut")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert int(cut.note.split()[0]) > 0


@pytest.mark.parametrize(
    ("kind", "target", "mode"),
    [
        ("smtp refuses connections", "smtp", Mode.CLOSED),
        ("smtp answers 4xx", "RCPT", Mode.TEMPORARY_AT_RCPT),
        ("smtp answers 5xx", "wesley.tran@health.alabama.example", Mode.PERMANENT),
        ("smtp hangs", "smtp", Mode.HANGING),
        ("smtp cuts after DATA", "smtp", Mode.CUTTING),
    ],
)
def test_the_mail_server_misbehaves_and_behaves_again(stack: Stack, kind: str, target: str, mode: Mode) -> None:
    with ThreadPoolExecutor() as pool:
        injecting = pool.submit(inject, stack, kind, target)
        wait_until(lambda: stack.smtp.mode is mode, "It behaves", seconds=PATIENCE_SECONDS)
        assert stack.smtp.unknown == ({target} if mode is Mode.PERMANENT else set())
        injecting.result()
    assert stack.smtp.mode is Mode.OK


def test_the_mailer_is_killed_over_a_mail_that_the_server_has_taken(stack: Stack) -> None:
    before = stack.pid("notify-mailer")
    with ThreadPoolExecutor() as pool:
        injecting = pool.submit(inject, stack, "kill mailer after 250")
        wait_until(lambda: stack.smtp.mode is Mode.KILLING, "It behaves", seconds=PATIENCE_SECONDS)
        address = lock_account(stack)
        assert injecting.result().met
    assert mails_to(stack, address) == 1
    assert stack.pid("notify-mailer") not in (0, before)


def test_a_day_passes_for_the_ticks_alone(stack: Stack) -> None:
    before = stack.pid("approval-beat")
    assert "approval_svc" in inject(stack, "a day of ticks skipped").note
    assert stack.pid("approval-beat") != before


def test_a_service_is_gone_and_comes_back_whole(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    gone: list[str] = []
    names = stack.programs_of("identity_svc")

    def look(_seconds: float) -> None:
        gone.extend(name for name in names if not stack.pid(name))

    monkeypatch.setattr(stack, "endure", look)
    inject(stack, "service stopped", "identity_svc")
    assert gone == list(names)
    assert all(stack.pid(name) for name in names)


def test_a_second_relay_and_beat_work_beside_the_first(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait_for_both(_seconds: float) -> None:
        ready = stack.layout.ready
        wait_until(lambda: len(list(ready.glob("second-*"))) == 5, "Not all are ready", seconds=PATIENCE_SECONDS)

    monkeypatch.setattr(stack, "endure", wait_for_both)
    before = len(psutil.Process().children())
    assert "5 of them to the end" in inject(stack, "two relays and two beats").note
    assert len(psutil.Process().children()) == before


def test_messages_that_come_again_late_are_not_heeded_again(stack: Stack) -> None:
    first = lock_account(stack)
    expect_one_mail(stack, first)
    injected = inject(stack, "messages repeated", "identity_svc")
    assert int(injected.note.split()[0]) > 0
    inject(stack, "messages repeated", "notify_svc")
    expect_one_mail(stack, first, lock_account(stack))


def test_messages_that_are_held_back_come_after_all(stack: Stack) -> None:
    stack.stop("notify-worker")
    try:
        addresses = [lock_account(stack) for _ in range(3)]
        with broker.connected(stack) as client:
            wait_until(lambda: bool(client.llen("notify_svc")), "Nothing is sent", seconds=PATIENCE_SECONDS)
        injected = inject(stack, "messages out of order", "notify_svc")
    finally:
        stack.start("notify-worker")
    assert int(injected.note.split()[0]) > 0
    expect_one_mail(stack, *addresses)


@pytest.mark.parametrize(("queue", "service"), [("notify_svc", "notify_svc"), ("notify_svc.mail", "notify_svc")])
def test_poison_is_buried_under_its_marks_and_the_queue_goes_on(stack: Stack, queue: str, service: str) -> None:
    marks = inject(stack, "poison", queue).marks
    assert all(mark.startswith(POISON) for mark in marks)
    expect_one_mail(stack, lock_account(stack))
    buried = "SELECT count(*) FROM inbox WHERE state = 'dead' AND envelope::text LIKE '%%' || %s || '%%'"

    def all_are_buried() -> bool:
        return [query(stack, service, buried, mark) for mark in marks] == [[(1,)] for _ in marks]

    wait_until(all_are_buried, "Poison is missing", seconds=PATIENCE_SECONDS)


def test_afterwards_the_stack_is_whole_and_tells_people_once(stack: Stack) -> None:
    wait_until(stack.whole, "The stack is not whole", seconds=PATIENCE_SECONDS)
    expect_one_mail(stack, lock_account(stack))


def test_waiting_ends(stack: Stack) -> None:
    began = time.monotonic()
    with pytest.raises(StillDownError, match="Godot"):
        wait_until(lambda: False, "Godot is not here", seconds=0.1)
    assert time.monotonic() > began
