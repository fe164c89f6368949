"""The rules of notices: states, pauses, answers, addresses, settings."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify_svc.domain.addresses import masked_answer, one_line, why_unusable
from notify_svc.domain.failures import Answer, PermanentFailure, TemporaryFailure, failure
from notify_svc.domain.notices import NEXT, ImpossibleStepError, State, pause_after, step
from notify_svc.mail.server import DEFAULT_NAME, Sender, SmtpServer, as_sender, as_smtp_server
from notify_svc.settings import Settings
from shared.settings import SettingsError, load


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("to", State)
def test_only_the_steps_that_the_table_names_are_possible(state: State, to: State) -> None:
    if to in NEXT[state]:
        assert step(state, to) is to
    else:
        with pytest.raises(ImpossibleStepError):
            step(state, to)


@pytest.mark.parametrize("state", [State.SENT, State.FAILED, State.SKIPPED])
def test_what_has_ended_stays_so(state: State) -> None:
    assert NEXT[state] == frozenset()


def test_pauses_double_up_to_two_hours() -> None:
    assert [pause_after(attempts).total_seconds() for attempts in (1, 2, 3, 9, 100)] == [30, 60, 120, 7200, 7200]


def test_twelve_tries_outlast_a_night() -> None:
    assert sum((pause_after(attempts) for attempts in range(1, 12)), timedelta()) > timedelta(hours=8)


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
    ],
)
def test_an_unusable_setting_is_named(settings_environ: dict[str, str], name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load(Settings, {**settings_environ, name: value})
