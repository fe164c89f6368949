"""What the mail server was handed, as a person reads it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser

from deploy.faults.smtp import Received

SUBJECTS = {
    "request_received": "Request received: ",
    "decision_wanted": "Decision wanted: ",
    "approved": "Approved: ",
    "rejected": "Rejected: ",
    "decided_in_part": "Decided in part: ",
    "withdrawn": "No decision needed: ",
    "already_handled": "Already handled: ",
    "decision_recorded": "Your decision is recorded: ",
    "acting_for": "You act for ",
}
"""How the subject of each mail begins that begins with words of its own."""
WITHIN = {
    "question": re.compile(r".+ has a question(, answer by [\d/]+)?: "),
    "answer": re.compile(r".+ answered(, decide by [\d/]+)?: "),
    "handed_over": re.compile(r".+ handed a request over to you(, decide by [\d/]+)?: "),
    "absence_begun": re.compile(r".+ acts for you until |Nobody acts for you until "),
    "digest": re.compile(r"(Decision wanted|Reminder): \d+ requests? waits? for|.+ handed \d+ requests over to you"),
}
"""The subjects that begin with somebody's name, or as those of other mails do."""
OUTCOMES = ("approved", "rejected", "decided_in_part")
WANTED, HANDED, ANSWER, QUESTION = "decision_wanted", "handed_over", "answer", "question"
ABSENT, ACTING, DIGEST = "absence_begun", "acting_for", "digest"
ASKING = (WANTED, HANDED, ANSWER)
"""Mails with a link to decide."""


@dataclass(frozen=True)
class Mail:
    """One mail for one recipient. `template` is None for a mail that no rule knows."""

    at: float
    message_id: str
    recipient: str
    correlation_id: str
    template: str | None
    subject: str
    text: str
    outcome: str

    @property
    def link(self) -> str | None:
        """The decision link."""
        found = re.search(r"https?://\S+/decide/\S+", self.text)
        return found.group(0) if found else None

    @property
    def question_url(self) -> str | None:
        """Where the requester answers."""
        found = re.search(r"https?://\S+/questions/\S+", self.text)
        return found.group(0) if found else None

    @property
    def about(self) -> tuple[str, str, str]:
        """Whose request it is about (an address), the role, and the organization ("" for a national one)."""
        who = re.search(r"Who asks: .*\((\S+@\S+)\)", self.text)
        role = re.search(r"^ *Role: (.+)$", self.text, re.MULTILINE)
        organization = re.search(r"^ *Organization: (.+)$", self.text, re.MULTILINE)
        return (
            who.group(1).lower() if who else "",
            role.group(1).strip() if role else "",
            organization.group(1).strip() if organization else "",
        )


def read(journal: Iterable[Received]) -> Iterator[Mail]:
    """Yields the mails of the journal, those refused before they were seen left out."""
    for each in journal:
        if each.raw:
            yield _read(each)


def _read(received: Received) -> Mail:
    mail = BytesParser(policy=policy.default).parsebytes(received.raw)
    subject = str(mail["Subject"])
    body = mail.get_body(("plain",))
    return Mail(
        at=received.at,
        message_id=received.message_id,
        recipient=received.recipient.lower(),
        correlation_id=str(mail["X-Countersign-Correlation"] or ""),
        template=_template(subject),
        subject=subject,
        text=str(body.get_content()).replace("\r\n", "\n") if body else "",
        outcome=received.outcome,
    )


def _template(subject: str) -> str | None:
    found = (name for name, words in WITHIN.items() if words.match(subject))
    return next(found, None) or next((name for name, begin in SUBJECTS.items() if subject.startswith(begin)), None)
