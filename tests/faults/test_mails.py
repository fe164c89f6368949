"""What an official reads in a mail: whose request it is about, and the link."""

from email.message import EmailMessage

import pytest

from deploy.faults.mails import read
from deploy.faults.smtp import Received

WANTED = """\
  Who asks: Maria Lopez (Maria.Lopez@state-agency.example)
  Role: State Agency - iQAN CLIA User
  Organization: Alabama

Read the request and decide:
http://127.0.0.1:8002/decide/abc.def
"""


def received(subject: str, text: str, outcome: str = "accepted") -> Received:
    mail = EmailMessage()
    mail["Subject"], mail["X-Countersign-Correlation"] = subject, "42"
    mail.set_content(text, cte="quoted-printable")
    return Received(1.0, "<1@x.example>", "John@Officials.example", mail.as_bytes(), outcome)  # type: ignore[arg-type]  # of the literal's words


def test_a_question_says_whose_it_is_and_where_to_decide() -> None:
    [mail] = read([received("Decision wanted: Maria Lopez asks for something", WANTED)])
    assert mail.template == "decision_wanted"
    assert mail.about == ("maria.lopez@state-agency.example", "State Agency - iQAN CLIA User", "Alabama")
    assert mail.link == "http://127.0.0.1:8002/decide/abc.def"
    assert (mail.recipient, mail.correlation_id) == ("john@officials.example", "42")


@pytest.mark.parametrize(
    ("subject", "template"),
    [
        ("Decision wanted: 3 requests wait for your decision, decide the first by 12/01/2026", "digest"),
        ("John Smith handed 3 requests over to you, decide the first by 12/01/2026", "digest"),
        ("John Smith handed a request over to you, decide by 12/01/2026: Maria Lopez, MDS", "handed_over"),
        ("John Smith acts for you until 12/24/2026 23:59 CST", "absence_begun"),
        ("Nobody acts for you until 12/24/2026 23:59 CST: others are asked", "absence_begun"),
        ("You act for Ann Brown until 12/24/2026 23:59 CST", "acting_for"),
    ],
)
def test_mails_to_officials_are_known_by_their_subjects(subject: str, template: str) -> None:
    [mail] = read([received(subject, "Hello")])
    assert mail.template == template


def test_a_mail_that_was_refused_before_it_was_seen_is_none() -> None:
    assert list(read([Received(1.0, "", "", b"", "refused_4xx")])) == []


def test_a_mail_that_no_rule_knows_has_no_template() -> None:
    [mail] = read([received("Win a prize", "Click here")])
    assert (mail.template, mail.link) == (None, None)
