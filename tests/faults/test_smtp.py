"""The mail server that misbehaves: each way as the sender sees it, and in the journal."""

import smtplib
import time
from collections.abc import Iterator

import pytest

from deploy.faults.smtp import FaultySmtp, Mode
from deploy.local.ports import HOST, free_numbers

MAIL = "Message-ID: <{}@hcqis.example>\r\nSubject: Decision wanted\r\n\r\nPlease decide.\r\n"
BOB = "bob@state.example"


@pytest.fixture
def server() -> Iterator[FaultySmtp]:
    server = FaultySmtp(free_numbers(1)[0])
    server.start()
    yield server
    server.stop()


def send(server: FaultySmtp, name: str = "one", recipient: str = BOB, patience: float = 5) -> None:
    with smtplib.SMTP(HOST, server.port, timeout=patience) as client:
        client.sendmail("donotreply@hcqis.example", recipient, MAIL.format(name))


def outcomes(server: FaultySmtp) -> list[tuple[str, str, str]]:
    return [(each.message_id, each.recipient, each.outcome) for each in server.journal]


def test_a_mail_that_is_accepted_stands_in_the_journal_with_its_text(server: FaultySmtp) -> None:
    send(server)
    assert outcomes(server) == [("<one@hcqis.example>", BOB, "accepted")]
    assert b"Please decide." in server.journal[0].raw


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
def test_a_temporary_refusal_comes_at_each_stage(server: FaultySmtp, stage: str) -> None:
    server.behave(Mode(f"4xx at {stage}"))
    with pytest.raises((smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused), match="451"):
        send(server)
    assert [each.outcome for each in server.journal] == ["refused_4xx"]


def test_a_permanent_refusal_is_for_those_it_names(server: FaultySmtp) -> None:
    server.behave(Mode.PERMANENT, unknown=frozenset({"Bob@State.example"}))
    with pytest.raises(smtplib.SMTPDataError, match="550"):
        send(server, "to-bob")
    send(server, "to-ann", "ann@state.example")
    assert outcomes(server) == [
        ("<to-bob@hcqis.example>", BOB, "refused_5xx"),
        ("<to-ann@hcqis.example>", "ann@state.example", "accepted"),
    ]


def test_a_server_that_cuts_has_the_mail_and_says_nothing(server: FaultySmtp) -> None:
    server.behave(Mode.CUTTING)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(server)
    assert outcomes(server) == [("<one@hcqis.example>", BOB, "cut_after_data")]


def test_a_server_that_hangs_never_answers(server: FaultySmtp) -> None:
    server.behave(Mode.HANGING)
    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        send(server, patience=0.3)
    assert [each.outcome for each in server.journal] == ["hung"]


def test_whoever_was_kept_waiting_gets_no_answer_when_it_behaves_again(server: FaultySmtp) -> None:
    with smtplib.SMTP(HOST, server.port, timeout=5) as client:
        client.ehlo()
        server.behave(Mode.HANGING)
        client.putcmd("MAIL", "FROM:<donotreply@hcqis.example>")
        while not server.journal:
            time.sleep(0.01)
        server.behave(Mode.OK)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.getreply()
    send(server)
    assert [each.outcome for each in server.journal] == ["hung", "accepted"]


def test_a_closed_port_refuses_and_ends_what_was_connected(server: FaultySmtp) -> None:
    with smtplib.SMTP(HOST, server.port, timeout=5) as client:
        client.ehlo()
        server.behave(Mode.CLOSED)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.mail("donotreply@hcqis.example")
    with pytest.raises(ConnectionRefusedError):
        send(server)
    server.behave(Mode.OK)
    send(server)
    assert [each.outcome for each in server.journal] == ["accepted"]


def test_who_sent_a_mail_is_killed_once_between_its_acceptance_and_the_answer(server: FaultySmtp) -> None:
    killed: list[int] = []
    server.behave(Mode.KILLING, kill=lambda: killed.append(len(server.journal)))
    send(server)
    send(server, "two")
    assert killed == [1]
    assert [each.outcome for each in server.journal] == ["accepted", "accepted"]
