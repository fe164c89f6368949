"""The rules of notices: states, pauses, answers, addresses, settings."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify_svc.domain.addresses import masked_answer, why_unusable
from notify_svc.domain.breaker import Breaker
from notify_svc.domain.failures import Answer, PermanentFailure, TemporaryFailure, failure
from notify_svc.domain.notices import NEXT, ImpossibleStepError, State, mail_id, pause_after, step
from notify_svc.mail.postman import RECORDING_PAUSES
from notify_svc.mail.server import DEFAULT_NAME, Sender, SmtpServer, as_sender, as_smtp_server
from notify_svc.settings import Settings
from shared.ids import new_id
from shared.messaging.broker import VISIBILITY_TIMEOUT_SECONDS
from shared.settings import SettingsError, load
from shared.texts import one_line
from tests.notify_svc.factories import NOW


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("to", State)
def test_only_the_steps_that_the_table_names_are_possible(state: State, to: State) -> None:
    if to in NEXT[state]:
        assert step(state, to) is to
    else:
        with pytest.raises(ImpossibleStepError):
            step(state, to)


def test_what_was_skipped_stays_so() -> None:
    assert NEXT[State.SKIPPED] == frozenset()


@pytest.mark.parametrize("state", [State.BOUNCED, State.FAILED])
def test_what_did_not_arrive_can_only_be_sent_again(state: State) -> None:
    assert NEXT[state] == {State.QUEUED}


def test_what_was_sent_can_still_come_back_and_nothing_else() -> None:
    assert NEXT[State.SENT] == {State.BOUNCED}


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 30), (2, 60), (3, 120), (9, 7200), (100, 7200)])
def test_pauses_double_up_to_two_hours_and_are_up_to_a_fifth_longer(attempts: int, seconds: int) -> None:
    pauses = {pause_after(attempts, new_id()).total_seconds() for _ in range(50)}
    assert min(pauses) >= seconds
    assert max(pauses) <= seconds * 1.2
    assert len(pauses) > 40, "what failed together is not tried again together"


def test_a_pause_can_be_told_again() -> None:
    notice_id = new_id()
    assert pause_after(3, notice_id) == pause_after(3, notice_id)


def test_all_tries_outlast_a_weekend() -> None:
    assert sum((pause_after(attempts, new_id()) for attempts in range(1, 68)), timedelta()) > timedelta(days=4)


def test_a_message_id_is_always_the_same_and_cannot_be_made_up_from_the_notices_id() -> None:
    notice_id = new_id()
    ours = mail_id(notice_id, ["k" * 40, "old" * 10], "hcqis.org")
    assert ours == mail_id(notice_id, ["k" * 40], "hcqis.org")
    assert ours != mail_id(notice_id, ["x" * 40], "hcqis.org")
    assert ours != mail_id(new_id(), ["k" * 40], "hcqis.org")


def test_sending_pauses_after_three_failures_in_a_row_and_longer_each_time() -> None:
    breaker = Breaker()
    for _ in range(2):
        breaker = breaker.failed(NOW, NOW)
        assert breaker.lets_through(NOW)
    pauses = []
    for _ in range(6):
        breaker = breaker.failed(NOW, NOW)
        assert breaker.pauses_until is not None
        pauses.append((breaker.pauses_until - NOW).total_seconds())
    assert pauses == [5, 10, 20, 40, 60, 60]


def test_after_a_pause_one_mail_is_tried_and_its_success_ends_the_pause() -> None:
    breaker = Breaker()
    for _ in range(3):
        breaker = breaker.failed(NOW, NOW)
    assert not breaker.lets_through(NOW + timedelta(seconds=4))
    later = NOW + timedelta(seconds=5)
    assert breaker.lets_through(later)
    probing = breaker.probing(timedelta(seconds=120), later)
    assert not probing.lets_through(later + timedelta(seconds=119))
    assert probing.answered().lets_through(later)


def test_an_answer_between_two_failures_is_no_row() -> None:
    assert not Breaker().failed(NOW, NOW).failed(NOW, NOW).answered().failed(NOW, NOW).is_open


def test_mails_that_were_under_way_together_make_the_pause_no_longer() -> None:
    breaker = Breaker()
    later = NOW + timedelta(seconds=1)
    for _ in range(8):
        breaker = breaker.failed(NOW, later)
    assert breaker.pauses_until == later + timedelta(seconds=5)
    probe = breaker.probing(timedelta(seconds=120), later + timedelta(seconds=5))
    again = probe.failed(later + timedelta(seconds=5), later + timedelta(seconds=6))
    assert again.pauses_until == later + timedelta(seconds=16)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (421, TemporaryFailure),
        (450, TemporaryFailure),
        (530, TemporaryFailure),
        (535, TemporaryFailure),
        (550, PermanentFailure),
        (554, PermanentFailure),
        (None, TemporaryFailure),
    ],
)
def test_an_answer_is_a_permanent_or_a_temporary_failure(code: int | None, kind: type[Exception]) -> None:
    assert type(failure(Answer(code, "said"))) is kind


@pytest.mark.parametrize("address", ["maria@example.gov", "m.lopez+iqies@health.al.gov", "o'brien@localhost"])
def test_ordinary_addresses_are_usable(address: str) -> None:
    assert why_unusable(address) is None


@given(st.text())
def test_no_usable_address_can_write_smtp_commands(text: str) -> None:
    for address in (text, f"{text}@example.gov", f"maria@{text}"):
        if why_unusable(address) is None:
            assert address.isascii()
            assert not set(address) & set('\r\n \t<>,;:"\\\0')


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1


@given(st.text(max_size=40))
def test_an_answer_shows_no_whole_address(text: str) -> None:
    assert "maria.lopez@" not in masked_answer(f"{text} <maria.lopez@example.gov> {text}")


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.gov", SmtpServer("mail.example.gov", 25)),
        ("smtp://127.0.0.1:1025", SmtpServer("127.0.0.1", 1025)),
        ("smtp://me:p%40ss@mail.example.gov:587?tls", SmtpServer("mail.example.gov", 587, "starttls", "me", "p@ss")),
        ("smtps://mail.example.gov", SmtpServer("mail.example.gov", 465, "tls")),
    ],
)
def test_a_mail_server_is_read_from_its_url(url: str, server: SmtpServer) -> None:
    assert as_smtp_server(url) == server
    assert "p@ss" not in repr(as_smtp_server(url))


def test_a_sender_may_have_a_name() -> None:
    assert as_sender("a@b.gov") == Sender(DEFAULT_NAME, "a@b.gov")
    assert as_sender("Roles <a@b.gov>") == Sender("Roles", "a@b.gov")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_URL", "http://x"),
        ("SMTP_URL", "smtp://host:port"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_MAX_ATTEMPTS", "0"),
        ("MAIL_TIMEOUT_SECONDS", "-1"),
        ("MAIL_BOUNCE_ADDRESS", "nobody"),
        ("BOUNCE_SENDGRID_KEYS", "nonsense"),
        ("BOUNCE_POSTMARK_CREDENTIALS", "postmark:short"),
        ("BOUNCE_MAILBOX_URL", "imap://user:password@mail.example.gov/INBOX"),
        ("BOUNCE_MAILBOX_URL", "maildir:relative"),
    ],
)
def test_an_unusable_setting_is_named(settings_environ: dict[str, str], name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load(Settings, {**settings_environ, name: value})


def test_a_mail_may_not_take_so_long_that_the_broker_gives_its_chunk_to_another_worker(
    mail_environ: dict[str, str],
) -> None:
    longest = load(Settings, {**mail_environ, "MAIL_LIMIT_SECONDS": "240"})
    recording = timedelta(seconds=sum(RECORDING_PAUSES))
    at_worst = longest.chunk_budget + longest.mail_limit + 2 * recording
    assert at_worst < timedelta(seconds=VISIBILITY_TIMEOUT_SECONDS)
    with pytest.raises(SettingsError, match="not be more than 240 seconds"):
        load(Settings, {**mail_environ, "MAIL_LIMIT_SECONDS": "241"})
